import * as sflow from '../src/wire/sflow/sflow.testing.ts';
import {
  type FieldSpec,
  message9,
  message10,
  options9,
  options10,
  set,
  template9,
  template10,
  u,
  V,
} from '../src/wire/template.testing.ts';
import type { Random } from './fuzz-random.testing.ts';

/** Elements that the decoder does something of its own with: counters, times, sampling, names, lists, sections of packets. */
const SPECIAL = [
  ...[1, 2, 4, 5, 7, 8, 10, 11, 12, 14, 15, 21, 22, 23, 24, 27, 28, 32, 34, 35, 36, 40, 41, 42, 48, 49, 50, 56, 61, 70],
  ...[82, 83, 84, 94, 95, 96, 104, 128, 136, 139, 144, 145, 150, 152, 153, 154, 155, 156, 158, 160, 161, 164, 166, 210],
  ...[
    225, 230, 233, 234, 236, 291, 292, 293, 302, 304, 305, 306, 309, 310, 313, 314, 315, 318, 319, 322, 323, 351, 371,
  ],
];
const LENGTHS = [0, 1, 1, 2, 2, 3, 4, 4, 4, 5, 6, 8, 8, 9, 16, 16, 17, 32, 255, 1_000, 65_534, V, V, V];
const ENTERPRISES = [undefined, undefined, undefined, undefined, 9, 29_305, 35_632, 2_636, 45_346, 0, 0xffff_ffff];
const NUMBERS = [256, 257, 258, 259, 300, 65_535];

function fields(random: Random, netflow9: boolean): FieldSpec[] {
  const many = random.chance(0.02) ? 1_000 + random.below(60) : 1 + random.below(14);
  return Array.from({ length: many }, (): FieldSpec => {
    const id = random.chance(0.8) ? random.of(SPECIAL) : random.below(0x8000);
    const pen = random.of(ENTERPRISES);
    return netflow9 || pen === undefined ? [id, random.of(LENGTHS)] : [id, random.of(LENGTHS), pen];
  });
}

function aSet(random: Random, netflow9: boolean): number[] {
  const id = random.of(NUMBERS);
  switch (random.below(8)) {
    case 0:
    case 1:
      return (netflow9 ? template9 : template10)(id, fields(random, netflow9));
    case 2: {
      const scopes = fields(random, netflow9).slice(0, random.below(3));
      return (netflow9 ? options9 : options10)(id, scopes, fields(random, netflow9));
    }
    // All are withdrawn, one is, one with more fields than follow is told.
    case 3:
      return set(random.below(4), [...u(random.of([2, 3, ...NUMBERS]), 2), ...u(random.of([0, 0, 65_535]), 2)]);
    default:
      return set(id, random.bytes(random.below(random.chance(0.05) ? 4_000 : 200)), random.below(4));
  }
}

/** A message of templates, options and data in any order, whose numbers meet now and then. */
function message(random: Random): number[] {
  const netflow9 = random.chance(0.5);
  const sets = Array.from({ length: 1 + random.below(5) }, () => aSet(random, netflow9));
  return (netflow9 ? message9 : message10)(sets);
}

const FORMATS = [
  1, 2, 3, 4, 5, 6, 1_001, 1_002, 1_003, 1_004, 1_005, 1_006, 1_007, 1_008, 1_012, 1_021, 1_023, 2_100, 4_097,
];
const COUNTS = [0, 1, 2, 3, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff];

const lie = (random: Random, truth: number) => (random.chance(0.1) ? random.of(COUNTS) : truth);

function aRecord(random: Random): sflow.Xdr {
  const data = random.chance(0.3)
    ? sflow.words(1, 60, 0, lie(random, 40), ...random.bytes(40))
    : sflow.words(
        ...Array.from({ length: random.below(24) }, () => (random.chance(0.5) ? random.below(5) : random.u32())),
      );
  return [...sflow.words(random.of(FORMATS), lie(random, data.length)), ...data];
}

function aSample(random: Random): sflow.Xdr {
  const kind = 1 + random.below(6);
  const records = Array.from({ length: random.below(4) }, () => aRecord(random));
  const head = { 1: 7, 2: 2, 3: 10, 4: 3, 5: 7 }[kind] ?? 4;
  const numbers = Array.from({ length: head }, () => (random.chance(0.7) ? random.below(9) : random.u32()));
  const data = [...sflow.words(...numbers, lie(random, records.length)), ...records.flat()];
  return [...sflow.words(kind, lie(random, data.length)), ...data];
}

function sample(random: Random): number[] {
  const list = Array.from({ length: random.below(5) }, () => aSample(random));
  const agent = random.of([null, '192.0.2.1', '2001:db8::1', '127.0.0.1', '0.0.0.0']);
  const bytes = [...sflow.datagram(list, { agent, domain: random.below(3), sequence: random.below(1_000) })];
  const countAt = agent?.includes(':') ? 36 : agent === null ? 20 : 24;
  bytes.splice(countAt, 4, ...sflow.words(lie(random, list.length)));
  return bytes;
}

function fixedRecords(random: Random): number[] {
  const count = random.chance(0.3) ? random.below(65_536) : random.below(31);
  return [...u(random.of([5, 7]), 2), ...u(count, 2), ...random.bytes(random.below(1_500))];
}

/** Datagrams made from nothing, most of them by the rules of their protocol. */
export function generated(random: Random): Uint8Array {
  const kind = random.below(10);
  if (kind < 6) return Uint8Array.from(message(random));
  if (kind < 8) return Uint8Array.from(sample(random));
  if (kind < 9) return Uint8Array.from(fixedRecords(random));
  return Uint8Array.from([...u(random.of([0, 5, 7, 9, 10]), 2), ...random.bytes(random.below(400))]);
}
