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
  variable,
} from '../src/wire/template.testing.ts';
import { generated } from './fuzz-generated.testing.ts';
import type { Random } from './fuzz-random.testing.ts';

/** Datagrams of one kind of flood, as many as are asked for. */
export interface Attack {
  readonly name: string;
  /** Counters of which the list of exporters must name one at least; none where nothing is wrong with the datagrams. */
  readonly causes: readonly string[];
  readonly datagram: (i: number, random: Random) => Uint8Array;
  /** How many it takes to reach the bound that it is for, where that is more than usual. */
  readonly datagrams?: number;
}

type Sets = readonly (readonly number[])[];

/** Headers count whole seconds. */
const nowMs = () => Math.floor(Date.now() / 1_000) * 1_000;

function ipfix(domain: number, ...sets: Sets): Uint8Array {
  const bytes = message10(sets, nowMs());
  bytes.splice(12, 4, ...u(domain, 4));
  return Uint8Array.from(bytes);
}

function netflow9(domain: number, ...sets: Sets): Uint8Array {
  const bytes = message9(sets, nowMs());
  bytes.splice(16, 4, ...u(domain, 4));
  return Uint8Array.from(bytes);
}

const PAIR: readonly FieldSpec[] = [
  [8, 4],
  [12, 4],
];
const text = (length: number, random: Random) => Array.from({ length }, () => 97 + random.below(26));
const list = <T>(count: number, make: (k: number) => T[]): T[] =>
  Array.from({ length: count }, (_, k) => make(k)).flat();

/** As many fields as are compiled, of which half are texts that end nowhere in particular. */
const wide = (shift: number): FieldSpec[] =>
  Array.from(
    { length: 1_000 },
    (_, k): FieldSpec => (k === 0 ? [8, 4] : k % 2 ? [371, V] : [1 + ((k + shift) % 460), 1]),
  );

export const ATTACKS: readonly Attack[] = [
  {
    name: 'templates that announce 65,535 fields, or none that has a length',
    causes: ['error_bad_length', 'error_bad_template'],
    datagram: (i, random) => {
      const none: FieldSpec[] = [...PAIR, [1, 0]].map(([id]) => [id!, 0]);
      const forms: readonly (() => Uint8Array)[] = [
        () => ipfix(1, set(2, [...u(256, 2), ...u(65_535, 2), ...random.bytes(1_200)])),
        () => netflow9(1, set(0, [...u(256, 2), ...u(65_535, 2), ...random.bytes(1_200)])),
        () => netflow9(1, set(1, [...u(256, 2), ...u(65_532, 2), ...u(65_532, 2), ...random.bytes(1_200)])),
        () => ipfix(1, template10(256, none), set(256, random.bytes(1_000))),
        () => netflow9(1, options9(256, none, none), set(256, random.bytes(1_000))),
        () =>
          ipfix(
            1,
            template10(
              256,
              Array.from({ length: 1_100 }, () => [8, 4]),
            ),
          ),
      ];
      return forms[i % forms.length]!();
    },
  },
  {
    name: 'a template of a thousand fields that is another one in each datagram',
    causes: ['error_bad_record'],
    datagram: (i, random) => ipfix(i % 50, template10(256, wide(i)), set(256, random.bytes(2_000))),
  },
  {
    name: 'all of variable length',
    causes: ['error_bad_record'],
    datagram: (_, random) =>
      ipfix(
        2,
        template10(256, [
          [8, V],
          [12, V],
          [1, V],
          [371, V],
        ]),
        set(
          256,
          list(300, () => variable(random.bytes(random.below(9)))),
        ),
        set(256, [4, 1, 2, 3, 4, 255, 255, 255]),
      ),
  },
  {
    name: 'names of interfaces, applications and VRFs, and samplers, without end',
    causes: ['error_too_many_records'],
    datagram: (i, random) => {
      const id = () => u(random.u32(), 4);
      const forms: readonly (() => Uint8Array)[] = [
        () =>
          ipfix(
            i % 10,
            options10(300, [[10, 4]], [[82, 60]]),
            set(
              300,
              list(120, () => [...id(), ...text(60, random)]),
            ),
          ),
        () =>
          ipfix(
            i % 10,
            options10(301, [[95, 4]], [[96, 60]]),
            set(
              301,
              list(120, () => [...id(), ...text(60, random)]),
            ),
          ),
        () =>
          ipfix(
            i % 10,
            options10(302, [[234, 4]], [[236, 60]]),
            set(
              302,
              list(120, () => [...id(), ...text(60, random)]),
            ),
          ),
        () =>
          netflow9(
            i % 10,
            options9(
              303,
              [[1, 4]],
              [
                [48, 4],
                [50, 4],
                [84, 20],
              ],
            ),
            set(
              303,
              list(200, () => [...id(), ...id(), ...id(), ...text(20, random)]),
            ),
          ),
      ];
      return forms[i % forms.length]!();
    },
  },
  {
    name: 'data whose template never comes',
    causes: ['error_no_template'],
    datagram: (i, random) =>
      i % 2
        ? ipfix(
            random.below(5),
            ...Array.from({ length: 1 + random.below(100) }, () => set(400 + random.below(9), random.bytes(12))),
          )
        : netflow9(random.below(5), set(401, random.bytes(1_200))),
  },
  {
    name: 'templates withdrawn as soon as they are told',
    causes: ['error_no_template'],
    datagram: (i, random) =>
      ipfix(
        i % 5,
        template10(256, PAIR),
        set(2, [...u(2, 2), 0, 0]),
        set(3, [...u(3, 2), 0, 0]),
        template10(257, PAIR),
        set(2, [...u(257, 2), 0, 0]),
        set(257, random.bytes(80)),
      ),
  },
  {
    name: 'sFlow of random agents, with counts of 2^32 - 1',
    causes: ['error_bad_count', 'error_bad_sample', 'error_truncated'],
    datagram: (i, random) => {
      const agent = `10.0.0.${1 + random.below(5)}`;
      const source = random.u32() & 0xff_ffff;
      const sample = sflow.flowSample([sflow.rawHeader(sflow.ethernet(0x800, sflow.ipv4(17, sflow.udp(1, 2))))], {
        source,
      });
      const counter = sflow.counterSample([sflow.interfaceCounters({ ifIndex: random.u32() })], i, source);
      const bytes = sflow.datagram([sample, counter], { agent, domain: random.below(9), sequence: random.u32() });
      const at = [24, 56, 60][i % 4];
      if (at !== undefined) bytes.set([255, 255, 255, 255], at);
      return bytes;
    },
  },
  {
    name: 'a new user and a new name of a server in each record',
    causes: [],
    datagram: (i, random) =>
      ipfix(
        3,
        template10(256, [...PAIR, [371, 40]]),
        template10(257, [...PAIR, [460, 40]]),
        set(
          256 + (i % 2),
          list(160, () => [...random.bytes(8), ...text(40, random)]),
        ),
      ),
  },
  {
    name: 'anything at all',
    causes: ['error_bad_length', 'error_truncated', 'error_unsupported_version'],
    datagram: (_, random) => generated(random),
  },
  {
    name: 'templates with a new number, domain and port each',
    causes: ['error_too_many_templates'],
    datagrams: 4_000,
    datagram: (i, random) => {
      const templates = list(40, () => template10(256 + random.below(65_280), [...PAIR, [1 + random.below(400), 4]]));
      return i % 2
        ? ipfix(random.below(40), templates, set(256 + random.below(65_280), random.bytes(40)))
        : netflow9(random.u32(), template9(256 + random.below(65_280), PAIR), set(300, random.bytes(64)));
    },
  },
];
