/** One field of an options record: where its bytes stand in the view. */
export interface OptionField {
  /** Private enterprise number, 0 for IANA's; `V9_SCOPE` for the scope fields of NetFlow v9, whose numbers are their own. */
  readonly pen: number;
  readonly id: number;
  readonly at: number;
  readonly length: number;
}

/** Stands for the enterprise of v9's scope fields: the id is then a scope type (RFC 3954 section 6.1). */
export const V9_SCOPE = -1;

/** What an exporter may call anything: longer texts are cut. */
const MAX_TEXT_BYTES = 255;
const decoder = new TextDecoder();
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\u0000-\u001f\u007f]/g;

/**
 * The unsigned number of a field in any of the sizes that RFC 7011 section 6.2 allows; -1 where there is none to read
 * (no octets, more than 8, or beyond the view). Above 2^53 the low bits are lost, which identifiers and totals never reach.
 */
export function unsignedOf(view: DataView, field: OptionField): number {
  const { at, length } = field;
  if (length < 1 || length > 8 || !inside(view, field)) return -1;
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + view.getUint8(at + i);
  return value;
}

/** The low 32 bits of an identifier, as the columns of flow records hold them; -1 where there is none to read. */
export function idOf(view: DataView, field: OptionField): number {
  return unsignedOf(view, field) % 0x1_0000_0000;
}

/** A float32 or float64; NaN where there is none. */
export function floatOf(view: DataView, field: OptionField): number {
  if (!inside(view, field)) return Number.NaN;
  if (field.length === 4) return view.getFloat32(field.at);
  return field.length === 8 ? view.getFloat64(field.at) : Number.NaN;
}

/** A text, which exporters pad with zeros or spaces to the length that their template gives. */
export function textOf(view: DataView, field: OptionField): string {
  if (!inside(view, field)) return '';
  const bytes = new Uint8Array(view.buffer, view.byteOffset + field.at, Math.min(field.length, MAX_TEXT_BYTES));
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.subarray(0, end);
  // A view of shared memory is not what TextDecoder takes: these few bytes are copied.
  return decoder.decode(Uint8Array.from(used)).replace(CONTROL, '').trim();
}

export function inside(view: DataView, { at, length }: OptionField): boolean {
  return at >= 0 && length >= 0 && at + length <= view.byteLength;
}
