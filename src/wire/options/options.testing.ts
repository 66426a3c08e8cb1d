import { type OptionField, V9_SCOPE } from './option-values.ts';

/** One field of an options record under test: `[element, octets]`, or `[element, number, octets]`. */
export type Spec = readonly [number, number, number?] | readonly [number, string, number?];

export interface BuiltRecord {
  readonly view: DataView;
  readonly scopes: OptionField[];
  readonly fields: OptionField[];
}

/** Lays out an options record; `v9` scopes hold scope types. Numbers take four octets and texts 32 unless told otherwise. */
export function optionRecord(
  scopes: readonly Spec[],
  fields: readonly Spec[],
  { v9 = false, pens = {} }: { v9?: boolean; pens?: Record<number, number> } = {},
): BuiltRecord {
  const bytes: number[] = [0xee, 0xee, 0xee];
  const lay = (pen: number) => (spec: Spec) => {
    const at = bytes.length;
    bytes.push(...octets(spec));
    return { pen: pens[spec[0]] ?? pen, id: spec[0], at, length: bytes.length - at };
  };
  const laidScopes = scopes.map(lay(v9 ? V9_SCOPE : 0));
  const laidFields = fields.map(lay(0));
  return { view: new DataView(Uint8Array.from(bytes).buffer), scopes: laidScopes, fields: laidFields };
}

function octets([, value, length]: Spec): number[] {
  if (typeof value === 'string') {
    const text = [...new TextEncoder().encode(value)];
    return [...text, ...new Array(Math.max(0, (length ?? 32) - text.length)).fill(0)];
  }
  const size = length ?? 4;
  const out: number[] = [];
  for (let i = 0, rest = value; i < size; i++, rest = Math.floor(rest / 256)) out.unshift(rest % 256);
  return out;
}

/** Specs as text, number and octets: `34=1000 35=2/1`. */
export function specs(text: string): Spec[] {
  return text.split(' ').map((one) => {
    const [id, value, length = 4] = one.split(/[=/]/).map(Number);
    return [id!, value!, length];
  });
}
