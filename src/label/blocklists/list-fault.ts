import type { LineFault } from './entry-line.ts';
import type { NumberedLine } from './list-lines.ts';

/** A line that is no address. */
export interface ListFault {
  /** From 1. */
  readonly line: number;
  readonly cause: LineFault;
  /** Its beginning. */
  readonly text: string;
}

const SHOWN = 60;

export function faultOf({ line, text }: NumberedLine, cause: LineFault): ListFault {
  return { line, cause, text: text.trim().slice(0, SHOWN) };
}

const WHAT: Readonly<Record<LineFault, string>> = {
  name: 'the name of a host',
  not_address: 'no address',
  bad_range: 'a range that ends before it begins',
};

/** `line 3 is no address: "foo bar"`. */
export function faultInWords({ line, cause, text }: ListFault): string {
  return `line ${line} is ${WHAT[cause]}: ${JSON.stringify(text)}`;
}
