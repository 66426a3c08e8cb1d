/** What one information element is, and how the data modules beside this file write it down (RFC 7012 sections 2 and 3). */

export type ElementType =
  | 'unsigned'
  | 'signed'
  | 'float'
  | 'octets'
  | 'ipv4'
  | 'ipv6'
  | 'mac'
  | 'text'
  | 'boolean'
  | 'seconds'
  | 'milliseconds'
  | 'microseconds'
  | 'nanoseconds'
  | 'basic_list'
  | 'template_list'
  | 'template_multi_list';

type ElementSemantic = 'quantity' | 'total' | 'delta' | 'identifier' | 'flags' | 'list' | 'snmp_counter' | 'snmp_gauge';

export interface Element {
  /** Private enterprise number; 0 is IANA's registry. */
  readonly pen: number;
  readonly id: number;
  readonly name: string;
  readonly type: ElementType;
  /** Natural size in octets, 0 where it varies. Exporters may send less (reduced-size encoding, RFC 7011 section 6.2). */
  readonly bytes: number;
  readonly semantic?: ElementSemantic;
  readonly unit?: string;
}

const SHAPES: Readonly<Record<string, readonly [ElementType, number]>> = {
  u8: ['unsigned', 1],
  u16: ['unsigned', 2],
  u32: ['unsigned', 4],
  u64: ['unsigned', 8],
  u256: ['unsigned', 32],
  i8: ['signed', 1],
  i16: ['signed', 2],
  i32: ['signed', 4],
  i64: ['signed', 8],
  f32: ['float', 4],
  f64: ['float', 8],
  octets: ['octets', 0],
  ipv4: ['ipv4', 4],
  ipv6: ['ipv6', 16],
  mac: ['mac', 6],
  text: ['text', 0],
  boolean: ['boolean', 1],
  s: ['seconds', 4],
  ms: ['milliseconds', 8],
  us: ['microseconds', 8],
  ns: ['nanoseconds', 8],
  basic_list: ['basic_list', 0],
  template_list: ['template_list', 0],
  template_multi_list: ['template_multi_list', 0],
};

/** Reads lines of `id name type [semantic|-] [unit]`. They are ours: what does not fit is a mistake in the module and throws. */
export function readElementLines(pen: number, lines: string): Element[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [id, name, shape, semantic, unit] = line.split(' ');
      const known = SHAPES[shape ?? ''];
      if (!name || !known) throw new Error(`not an element: "${line}"`);
      return {
        pen,
        id: Number(id),
        name,
        type: known[0],
        bytes: known[1],
        ...(semantic && semantic !== '-' ? { semantic: semantic as ElementSemantic } : {}),
        ...(unit ? { unit } : {}),
      };
    });
}
