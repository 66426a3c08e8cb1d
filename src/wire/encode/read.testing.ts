import { type AddressWords, formatAddress } from '../../flow/index.ts';

/** A second reading of the protocols, for tests of the encoders alone: as plain as can be, and it throws for whatever is not right. */

type Value = bigint | string;

interface ReadFlow {
  readonly [name: string]: string | number | bigint | undefined;
  readonly bytes: bigint;
  readonly packets: bigint;
}

export interface ReadDatagram {
  readonly sequence: number;
  readonly domain: number;
  readonly flows: readonly ReadFlow[];
  readonly dataRecords: number;
  readonly templates: readonly number[];
  readonly rate?: number;
  readonly statistics?: object;
}

interface Template {
  readonly fields: readonly { readonly element: number; readonly length: number }[];
  readonly options: boolean;
}

const NAMES: Readonly<Record<number, string>> = {
  ...{
    1: 'bytes',
    2: 'packets',
    4: 'protocol',
    6: 'flags',
    7: 'srcPort',
    8: 'src',
    10: 'inIf',
    11: 'dstPort',
    12: 'dst',
  },
  ...{ 14: 'outIf', 15: 'nextHop', 16: 'srcAs', 17: 'dstAs', 27: 'src', 28: 'dst', 56: 'srcMac', 62: 'nextHop' },
  ...{ 96: 'application', 152: 'startMs', 153: 'endMs', 371: 'user', 403: 'exporter', 405: 'originalDomain' },
};
const ADDRESSES = new Set([8, 12, 15, 18, 27, 28, 62, 63, 403, 404]);
const TEXTS = new Set([96, 236, 371]);
const BIG = new Set(['bytes', 'packets', 'srcMac', 'startMs', 'endMs']);

export function readDatagram(bytes: Uint8Array, templates: Map<string, Template>): ReadDatagram {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint16(0);
  return version === 5 ? readV5(view) : readSets(view, version, templates);
}

function ip(word: number): string {
  return formatAddress([0, 0, 0xffff, word]);
}

function readV5(view: DataView): ReadDatagram {
  const count = view.getUint16(2);
  if (view.byteLength !== 24 + 48 * count) throw new Error('length');
  const boot = view.getUint32(8) * 1000 + view.getUint32(12) / 1e6 - view.getUint32(4);
  const sampling = view.getUint16(22);
  const flows = Array.from({ length: count }, (_, i): ReadFlow => {
    const at = 24 + 48 * i;
    const u16 = (o: number) => view.getUint16(at + o);
    const u32 = (o: number) => view.getUint32(at + o);
    return {
      ...{ src: ip(u32(0)), dst: ip(u32(4)), nextHop: ip(u32(8)), inIf: u16(12), outIf: u16(14) },
      ...{ packets: BigInt(u32(16)), bytes: BigInt(u32(20)), start: boot + u32(24), end: boot + u32(28) },
      ...{
        srcPort: u16(32),
        dstPort: u16(34),
        flags: u16(36) & 255,
        protocol: u16(38) >> 8,
        srcAs: u16(40),
        dstAs: u16(42),
      },
    };
  });
  const rate = sampling & 0x3fff;
  return {
    ...{ sequence: view.getUint32(16), domain: view.getUint16(20), flows, dataRecords: count, templates: [] },
    ...(rate > 0 ? { rate } : {}),
  };
}

function readSets(view: DataView, version: number, templates: Map<string, Template>): ReadDatagram {
  const ipfix = version === 10;
  if (ipfix && view.getUint16(2) !== view.byteLength) throw new Error('length');
  const domain = view.getUint32(ipfix ? 12 : 16);
  const boot = ipfix ? 0 : view.getUint32(8) * 1000 - view.getUint32(4);
  const flows: ReadFlow[] = [];
  const sent: number[] = [];
  const stated: { rate?: number; statistics?: object } = {};
  let dataRecords = 0;
  let records = 0;
  let at = ipfix ? 16 : 20;
  while (at < view.byteLength) {
    const id = view.getUint16(at);
    const end = at + view.getUint16(at + 2);
    if (end > view.byteLength || (end - at) % 4 !== 0) throw new Error('set');
    at += 4;
    const isTemplate = id === (ipfix ? 2 : 0);
    if (isTemplate || id === (ipfix ? 3 : 1)) {
      while (end - at >= 4 && view.getUint16(at) !== 0) {
        const templateId = view.getUint16(at);
        const v9Options = !isTemplate && !ipfix;
        const count = v9Options ? (view.getUint16(at + 2) + view.getUint16(at + 4)) / 4 : view.getUint16(at + 2);
        at += isTemplate ? 4 : 6;
        const fields = Array.from({ length: count }, () => {
          const element = view.getUint16(at);
          const field = { element, length: view.getUint16(at + 2) };
          // Elements of enterprises keep the bit that marks them, so that none is taken for IANA's.
          at += ipfix && element >= 0x8000 ? 8 : 4;
          return field;
        });
        templates.set(`${domain} ${templateId}`, { fields, options: !isTemplate });
        if (isTemplate) sent.push(templateId);
        records += 1;
      }
    } else {
      const template = templates.get(`${domain} ${id}`);
      if (!template) throw new Error(`data before its template ${id}`);
      const least = template.fields.reduce((n, f) => n + (f.length === 65_535 ? 1 : f.length), 0);
      while (end - at >= Math.max(4, least)) {
        const values = new Map<number, Value>();
        at = readRecord(view, at, template, values);
        dataRecords += 1;
        records += 1;
        if (!template.options) flows.push(flowOf(values, boot));
        else if (values.has(34)) stated.rate = Number(values.get(34));
        else {
          const of = (element: number) => Number(values.get(element));
          stated.statistics = { bytes: of(40), messages: of(41), flows: of(42), notSent: of(166) };
        }
      }
    }
    at = end;
  }
  if (!ipfix && view.getUint16(2) !== records) throw new Error(`count ${view.getUint16(2)}, not ${records}`);
  return { sequence: view.getUint32(ipfix ? 8 : 12), domain, flows, dataRecords, templates: sent, ...stated };
}

function readRecord(view: DataView, from: number, template: Template, values: Map<number, Value>): number {
  let at = from;
  for (const { element, length } of template.fields) {
    const size = length === 65_535 ? view.getUint8(at++) : length;
    const octets = new Uint8Array(view.buffer, view.byteOffset + at, size);
    if (TEXTS.has(element)) values.set(element, new TextDecoder('utf-8', { fatal: true }).decode(octets));
    else if (ADDRESSES.has(element)) values.set(element, addressText(octets));
    else
      values.set(
        element,
        octets.reduce((n, octet) => n * 256n + BigInt(octet), 0n),
      );
    at += size;
  }
  return at;
}

function addressText(octets: Uint8Array): string {
  const padded = new Uint8Array(16);
  padded.set(octets, 16 - octets.length);
  const view = new DataView(padded.buffer);
  const words = [0, 4, 8, 12].map((o) => view.getUint32(o)) as unknown as AddressWords;
  return formatAddress(octets.length === 4 ? [0, 0, 0xffff, words[3]] : words);
}

function flowOf(values: Map<number, Value>, boot: number): ReadFlow {
  const flow: Record<string, string | number | bigint> = {};
  for (const [element, value] of values) {
    const name = NAMES[element];
    if (name) flow[name] = typeof value === 'string' || BIG.has(name) ? value : Number(value);
  }
  flow.start = values.has(22) ? boot + Number(values.get(22)) : Number(values.get(152));
  flow.end = values.has(21) ? boot + Number(values.get(21)) : Number(values.get(153));
  return flow as unknown as ReadFlow;
}
