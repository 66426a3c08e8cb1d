import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allColumnNames, columnOf, FlowBatch, fillOf, physicalOf, TextColumns } from '../../flow/index.ts';
import { DECODE_ERRORS } from '../decode-errors.ts';
import { newExportHeader } from '../export-header.ts';
import { newFlowContext } from '../flow-context.ts';
import {
  address,
  counterSample,
  datagram,
  discarded,
  ethernet,
  expandedSample,
  flowSample,
  interfaceCounters,
  ip,
  ipv4,
  rawHeader,
  string,
  structure,
  udp,
  words,
  type Xdr,
} from './sflow.testing.ts';
import { SflowDecoder } from './sflow-decoder.ts';
import { readSflowHeader } from './sflow-header.ts';
import { SflowSession } from './sflow-session.ts';

const ROWS = 12;
const physical = allColumnNames.flatMap((name) => physicalOf(columnOf(name)));

/** Bytes of a view outside of [at, at + length) are watched: a read there throws. */
function watched(bytes: Uint8Array, at: number): DataView {
  const memory = new Uint8Array(at + bytes.length + 64).fill(0xa5);
  memory.set(bytes, at);
  const view = new DataView(memory.buffer);
  const end = at + bytes.length;
  const check = (from: number, width: number) => {
    if (from < at || from + width > end) throw new Error(`read of ${width} at ${from - at} of ${bytes.length}`);
  };
  return new Proxy(view, {
    get(target, name) {
      const width = name === 'getUint8' ? 1 : name === 'getUint16' ? 2 : name === 'getUint32' ? 4 : 0;
      if (width === 0) {
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return (from: number, little?: boolean) => {
        check(from, width);
        return width === 1
          ? target.getUint8(from)
          : width === 2
            ? target.getUint16(from, little)
            : target.getUint32(from, little);
      };
    },
  });
}

const texts = new TextColumns();
const decoder = new SflowDecoder(texts);

/** Decodes without a throw and says what became of it; no column is changed outside of the rows that are told. */
function decode(bytes: Uint8Array, tunnels: 'inner' | 'outer' = 'inner', session = new SflowSession()) {
  const batch = new FlowBatch(ROWS, allColumnNames, undefined, true);
  texts.begin(batch);
  decoder.bind(batch);
  const header = newExportHeader();
  const at = 24;
  const view = watched(bytes, at);
  const cause = readSflowHeader(view, at, bytes.length, header);
  if (cause !== null) return { cause, rows: 0, batch };
  const context = { ...newFlowContext(), receivedMs: 1_700_000_000_000 };
  context.settings = { ...context.settings, tunnels };
  decoder.decode(view, at, bytes.length, header, session, context, true);
  const { result } = decoder;
  expect(result.problem === null || DECODE_ERRORS.includes(result.problem)).toBe(true);
  expect(result.rows).toBeLessThanOrEqual(ROWS);
  expect(result.records + result.counterSamples).toBeLessThanOrEqual(header.count);
  expect(result.rows + result.withoutPacket + result.unwritten).toBeLessThanOrEqual(result.records);
  expect(result.unreadable).toBeLessThanOrEqual(header.count);
  expect(result.sources).toBe(result.records);
  return { cause: result.problem, rows: result.rows, batch };
}

/** The values of a row by physical column; those of columns that are not live are `unknown`. */
function image(batch: FlowBatch, row: number): string {
  return physical
    .map((p) => {
      const array = batch.array(p.name);
      if (p.word === 'u64') return array ? `${array[2 * row]} ${array[2 * row + 1]}` : `${fillOf(p.column)} 0`;
      return String(array ? array[row] : fillOf(p.column));
    })
    .join(',');
}

const v4Header = [...words(60, 17), ...ip('10.0.0.1'), ...ip('10.0.0.2'), ...words(1, 4_789, 0, 0)];
const v6Header = [...words(60, 47), ...ip('2001:db8::1'), ...ip('2001:db8::2'), ...words(1, 2, 0, 0)];
const frame = ethernet(0x8100, [
  0,
  7,
  8,
  0,
  ...ipv4(
    17,
    udp(1, 4_789, [...words(0x0800_0000, 256), ...ethernet(0x0800, ipv4(6, words(1, 2, 3, 0x5018_0000, 5)))]),
  ),
]);
const RECORDS: readonly Xdr[] = [
  rawHeader(frame),
  rawHeader([...words(0x0012_3100), ...ipv4(17, udp(1, 2))], { protocol: 13 }),
  structure(2, words(60, 1, 2, 3, 4, 0x0800)),
  structure(3, v4Header),
  structure(4, v6Header),
  structure(1001, words(1, 0, 2, 0)),
  structure(1002, [...address('2001:db8::7'), ...words(64, 48)]),
  structure(1003, [...address('192.0.2.7'), ...words(1, 2, 3, 2, 1, 2, 5, 6, 2, 2, 7, 8, 1, 9, 100)]),
  structure(1004, [...words(106), ...string('alice'), ...words(106), ...string('bob')]),
  structure(1005, [...words(2), ...string('/'), ...string('example.net:80')]),
  structure(1006, [...address('192.0.2.8'), ...words(2, 0x1000, 0x2100, 1, 0x3100)]),
  structure(1007, [...address('10.1.1.1'), ...address('2001:db8::9')]),
  structure(1012, words(2, 0x8100_0001, 0x8100_0002)),
  structure(1020, words(1, 2)),
  structure(1023, v4Header),
  structure(1026, v6Header),
  structure(1030, words(9)),
  structure(1035, words(1, 0x8100_0003)),
  structure((4413 << 12) | 1, words(1)),
];
const counters = counterSample([interfaceCounters(), structure(1005, string('eth0'))]);
const WHOLE = datagram([
  flowSample(RECORDS.slice(0, 9)),
  counters,
  expandedSample([...RECORDS.slice(9), RECORDS[0]!], { outputFormat: 1, output: 258 }),
  discarded([RECORDS[1]!], 257),
]);

describe('sFlow, any bytes', () => {
  it('every truncation', () => {
    const full = decode(WHOLE);
    expect(full).toMatchObject({ cause: null, rows: 3 });
    for (let length = 0; length < WHOLE.length; length++) {
      const { cause, rows, batch } = decode(WHOLE.slice(0, length));
      expect(cause).toBe(length < 28 ? 'too_short' : 'truncated');
      for (let row = 0; row < rows; row++) expect(image(batch, row)).toBe(image(full.batch, row));
    }
  });

  it('every flipped bit', () => {
    const session = new SflowSession();
    for (let bit = 0; bit < WHOLE.length * 8; bit++) {
      const bytes = WHOLE.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      decode(bytes, bit % 2 ? 'inner' : 'outer', session);
    }
    expect(session.interfaces.size).toBeLessThan(100);
  });

  it('words of a whole datagram exchanged for hostile ones', () => {
    const hostile = fc.constantFrom(0, 1, 3, 4, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff, 0x10000);
    const change = fc.tuple(fc.nat(WHOLE.length / 4 - 1), hostile);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = WHOLE.slice();
        for (const [word, value] of changes) bytes.set(words(value), 4 * word);
        decode(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('random bytes in the place of samples, and of their data', () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(bytes, fc.nat(40), (body, count) => {
        decode(Uint8Array.from([...words(5), ...address('192.0.2.1'), ...words(1, 2, 3, count), ...body]));
      }),
      { numRuns: 1_000 },
    );
    const format = fc.constantFrom(1, 2, 3, 4, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1012, 1020, 1023, 1026, 1034);
    const record = fc.tuple(format, bytes).map(([f, body]) => structure(f, [...body]));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.boolean(), (records, expanded) => {
        decode(datagram([expanded ? expandedSample(records) : flowSample(records), counterSample(records)]));
      }),
      { numRuns: 1_000 },
    );
  });

  it('a row is the same whatever other samples stand around it', () => {
    const sample = fc.subarray([...RECORDS], { minLength: 1 }).map((records) => flowSample(records));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 6 }), (samples) => {
        const together = decode(datagram(samples));
        let row = 0;
        for (const one of samples) {
          const alone = decode(datagram([one]));
          if (alone.rows === 1) expect(image(together.batch, row++)).toBe(image(alone.batch, 0));
        }
        expect(together.rows).toBe(row);
      }),
      { numRuns: 300 },
    );
  });

  it('a datagram of nothing but the cheapest contradictions is read in time that its length bounds', () => {
    const record = [...words(1003, 28), ...address(null), ...words(1, 2, 3, 0xffff_ffff, 2, 0)];
    const sample = flowSample(new Array<Xdr>(40).fill(record));
    const started = performance.now();
    decode(datagram(new Array<Xdr>(40).fill(sample)));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
