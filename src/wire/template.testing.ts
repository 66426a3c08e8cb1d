import { allColumnNames, cellOf, columnOf, FlowBatch, type JsonValue, TextColumns } from '../flow/index.ts';
import { DECODE_ERRORS, type DecodeError } from './decode-errors.ts';
import { newExportHeader } from './export-header.ts';
import type { ElementMapping, ExporterSettings } from './exporter-settings.ts';
import { type FlowContext, newFlowContext } from './flow-context.ts';
import { readIpfixHeader } from './ipfix-header.ts';
import { readNetflow9Header } from './netflow9-header.ts';
import { TemplateDecoder } from './template-decoder.ts';
import { TemplateSession } from './template-session.ts';

export const NOW = Date.UTC(2026, 10, 21, 12);
export const UPTIME = 864_000_000;

/** [element, length] or [element, length, enterprise]; `V` is variable length. */
export type FieldSpec = readonly [id: number, length: number, pen?: number];
export const V = 65_535;

export function u(value: number | bigint, length: number): number[] {
  const out: number[] = [];
  let rest = BigInt(value);
  for (let i = 0; i < length; i++) {
    out.unshift(Number(rest & 255n));
    rest >>= 8n;
  }
  return out;
}

export const ip4 = (text: string): number[] => text.split('.').map(Number);
export const ascii = (text: string): number[] => [...Buffer.from(text)];
/** A value of variable length, in the short form, or the long one on request. */
export const variable = (bytes: readonly number[], long = bytes.length > 254): number[] => [
  ...(long ? [255, ...u(bytes.length, 2)] : [bytes.length]),
  ...bytes,
];

/** RFC 3954 section 5.3: sets are padded to four bytes. */
export function set(id: number, content: readonly number[], pad = 0): number[] {
  return [...u(id, 2), ...u(4 + content.length + pad, 2), ...content, ...new Array<number>(pad).fill(0)];
}

const spec9 = ([id, length]: FieldSpec) => [...u(id, 2), ...u(length, 2)];
const spec10 = ([id, length, pen]: FieldSpec) =>
  pen === undefined ? [...u(id, 2), ...u(length, 2)] : [...u(id | 0x8000, 2), ...u(length, 2), ...u(pen, 4)];

export const template9 = (id: number, fields: readonly FieldSpec[]): number[] =>
  set(0, [...u(id, 2), ...u(fields.length, 2), ...fields.flatMap(spec9)]);
export const options9 = (id: number, scopes: readonly FieldSpec[], fields: readonly FieldSpec[]): number[] =>
  set(1, [
    ...u(id, 2),
    ...u(4 * scopes.length, 2),
    ...u(4 * fields.length, 2),
    ...[...scopes, ...fields].flatMap(spec9),
  ]);
export const template10 = (id: number, fields: readonly FieldSpec[]): number[] =>
  set(2, [...u(id, 2), ...u(fields.length, 2), ...fields.flatMap(spec10)]);
export const options10 = (id: number, scopes: readonly FieldSpec[], fields: readonly FieldSpec[]): number[] =>
  set(3, [
    ...u(id, 2),
    ...u(scopes.length + fields.length, 2),
    ...u(scopes.length, 2),
    ...[...scopes, ...fields].flatMap(spec10),
  ]);

export function message9(sets: readonly (readonly number[])[], exportMs = NOW, uptimeMs = UPTIME, count = 1): number[] {
  return [
    ...u(9, 2),
    ...u(count, 2),
    ...u(uptimeMs, 4),
    ...u(exportMs / 1000, 4),
    ...u(7, 4),
    ...u(42, 4),
    ...sets.flat(),
  ];
}

export function message10(sets: readonly (readonly number[])[], exportMs = NOW): number[] {
  const body = sets.flat();
  return [...u(10, 2), ...u(16 + body.length, 2), ...u(exportMs / 1000, 4), ...u(7, 4), ...u(42, 4), ...body];
}

/** A decoder with one session and one batch. */
export class Bench {
  readonly texts = new TextColumns();
  readonly decoder: TemplateDecoder;
  readonly batch: FlowBatch;
  readonly context: FlowContext = newFlowContext();
  readonly header = newExportHeader();
  session = new TemplateSession();

  constructor(mappings: readonly ElementMapping[] = [], settings?: Partial<ExporterSettings>, capacity = 20_000) {
    this.decoder = new TemplateDecoder(this.texts, mappings);
    this.batch = new FlowBatch(capacity, allColumnNames, undefined, true);
    this.context.receivedMs = NOW;
    this.context.exporter.set([0, 0, 0xffff, 0xc0000201]);
    Object.assign(this.context, { settings: { ...this.context.settings, ...settings } });
    this.newBatch();
  }

  newBatch(): void {
    this.batch.clear();
    this.texts.begin(this.batch);
    this.decoder.bind(this.batch);
  }

  /** Decodes a message; the rows that it made. */
  take(bytes: readonly number[], write = true): Record<string, JsonValue>[] {
    const data = Uint8Array.from(bytes);
    const view = new DataView(data.buffer);
    if (!this.readHeader(view, 0, data.length)) throw new Error('no header');
    return this.decodeView(view, 0, data.length, write);
  }

  /** Whether the message has a header by which it can be decoded. */
  readHeader(view: DataView, at: number, length: number): boolean {
    const nine = length > 1 && view.getUint16(at) === 9;
    const problem = (nine ? readNetflow9Header : readIpfixHeader)(view, at, length, this.header);
    return problem === null || problem === 'truncated' || problem === 'bad_length';
  }

  decodeView(view: DataView, at: number, length: number, write = true): Record<string, JsonValue>[] {
    this.decoder.decode(view, at, length, this.header, this.session, this.context, write);
    const from = this.batch.rows;
    this.batch.rows += this.decoder.result.rows;
    return Array.from({ length: this.decoder.result.rows }, (_, i) => this.row(from + i));
  }

  /** The values of a row that are known and not 0. */
  row(i: number): Record<string, JsonValue> {
    const values: Record<string, JsonValue> = {};
    for (const name of this.batch.shape) {
      const value = cellOf(this.batch, columnOf(name), i);
      if (value !== null) values[name] = value;
    }
    return values;
  }

  get errors(): Partial<Record<DecodeError, number>> {
    const found: Partial<Record<DecodeError, number>> = {};
    DECODE_ERRORS.forEach((cause, i) => {
      if (this.decoder.result.errors[i]) found[cause] = this.decoder.result.errors[i]!;
    });
    return found;
  }
}
