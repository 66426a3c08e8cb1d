import { z } from 'zod';
import { WeirError } from '../base/index.ts';

/** Where a page of records ended. */
export interface Cursor {
  /** What the records are ordered by. */
  readonly order: string;
  /** Values of the order's keys in the last record, first to last. */
  readonly keys: readonly bigint[];
  /** Of records with these values: the identity of the last one. */
  readonly id: bigint;
  /** How many records that are the same in all of this were shown. */
  readonly shown: number;
}

/** The page that no other is before. */
const FIRST_PAGE = 'first';

const whole = z
  .string()
  .regex(/^-?\d{1,39}$/)
  .transform((text) => BigInt(text));
const cursorSchema = z.tuple([
  z.string().max(20),
  z.array(whole).min(1).max(2),
  whole,
  z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
]);

/** As clients send it back. It says nothing that the last record of the page does not say. */
export function writeCursor({ order, keys, id, shown }: Cursor): string {
  return Buffer.from(JSON.stringify([order, keys.map(String), String(id), shown])).toString('base64url');
}

/** The cursor in `text`, null for the first page. Throws WeirError `usage` where it is none, or one of a list in another order. */
export function readCursor(text: string, order: string): Cursor | null {
  if (text === FIRST_PAGE) return null;
  const parsed = cursorSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new WeirError('usage', 'flows, page: expected `first`, or `next` of the answer before, as it was given');
  }
  const [made, keys, id, shown] = parsed.data;
  if (made !== order || keys.length !== (/^-?time$/.test(order) ? 1 : 2)) {
    throw new WeirError('usage', `flows, page: it is of a list in the order ${made}, not ${order}: begin at \`first\``);
  }
  return { order, keys, id, shown };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
}
