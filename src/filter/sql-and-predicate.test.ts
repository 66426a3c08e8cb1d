import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  type Column,
  columns,
  FlowBatch,
  fillOf,
  formatAddress,
  getBig,
  physicalOf,
  sqlTypeOf,
  VIRTUAL_COLUMNS,
  wordsOf,
} from '../flow/index.ts';
import { filterToPredicate, filterToSql, parseFilter } from './index.ts';
import { type Field, fieldName, vocabulary } from './vocabulary.ts';

// The language must follow the table alone, so the table of this test has columns of every type that the product's may lack.
vi.mock('../flow/columns.ts', async (original) => {
  const { COLUMNS } = await original<{ COLUMNS: readonly Column[] }>();
  const extra: Column[] = [
    { id: 901, name: 'application', type: 'text', meaning: 'name of the application', unknown: '' },
    { id: 902, name: 'process', type: 'text', meaning: 'name of the process', unknown: '', aliases: ['program name'] },
    { id: 903, name: 'host', type: 'text', meaning: 'a column whose name is also a word of nfdump', unknown: '' },
    { id: 904, name: 'src_country', type: 'text', meaning: 'country of the source', unknown: '' },
    { id: 905, name: 'dst_country', type: 'text', meaning: 'country of the destination', unknown: '' },
    { id: 906, name: 'colour', type: 'enum', meaning: 'an enumeration', values: ['red', 'green', 'blue'] },
    { id: 907, name: 'seen', type: 'u64', meaning: 'another wide number' },
    { id: 908, name: 'mark', type: 'u16', meaning: 'a number that is unknown as 7', unknown: 7 },
    { id: 909, name: 'checked', type: 'time', meaning: 'another time' },
  ];
  return { COLUMNS: [...COLUMNS, ...extra.filter((e) => !COLUMNS.some((c) => c.name === e.name))] };
});

const ROWS = 200;
const RUNS = 100;
const FILTERS_PER_RUN = 100;

const T0 = 1_767_225_600_000n;
const WIDE = [0n, 1n];
const POOLS: Record<string, readonly bigint[]> = {
  u8: [0n, 1n, 2n, 6n, 8n, 16n, 17n, 18n, 24n, 58n, 63n, 254n, 255n],
  enum: [0n, 1n, 2n, 3n, 4n],
  u16: [0n, 1n, 7n, 22n, 80n, 443n, 1023n, 1024n, 32_768n, 65_534n, 65_535n],
  u32: [0n, 1n, 2n, 3n, 1000n, 64_500n, 0x309n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn],
  u64: [
    0n,
    1n,
    2n,
    40n,
    1000n,
    1500n,
    10_000_000n,
    0xffff_ffffn,
    1n << 32n,
    (1n << 53n) - 1n,
    1n << 53n,
    (1n << 53n) + 1n,
    (1n << 63n) - 1n,
    1n << 63n,
    (1n << 64n) - 2n,
    (1n << 64n) - 1n,
  ],
  time: [
    0n,
    1n,
    T0,
    T0 + 1n,
    T0 + 999n,
    T0 + 1000n,
    T0 + 60_000n,
    0xffff_ffffn,
    1n << 32n,
    (1n << 53n) + 1n,
    (1n << 63n) - 1n,
  ],
};
const ADDRESSES = [
  ...[
    '10.0.0.0',
    '10.0.0.1',
    '10.0.0.2',
    '10.0.255.255',
    '10.1.0.0',
    '10.255.255.255',
    '11.0.0.0',
    '9.255.255.255',
    '192.0.2.1',
    '0.0.0.0',
    '255.255.255.255',
  ],
  ...[
    '::',
    '::1',
    '::ffff:0:0:0',
    '2001:db8::',
    '2001:db8::1',
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db9::',
    'fe80::ffff:ffff:0:0',
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ],
];
const TEXTS = [
  '',
  'ssh',
  'Chrome',
  'chrome',
  'chromium',
  'é',
  '日本語',
  'a%b',
  'a_b',
  "O'Neil",
  '"q"',
  'back\\slash',
  'DE',
  'FR',
  '😀x',
  'x y',
  // Of columns that hold several names.
  'ssh+DE',
  'DE+ssh+FR',
];

/** A small generator with a seed, so that the rows are the same in each run. */
function random(seed: number): (below: number) => number {
  let s = seed;
  return (below) => {
    s = (Math.imul(s ^ (s >>> 15), 0x2c1b_3c6d) + 0x9e37_79b9) >>> 0;
    return ((s ^ (s >>> 13)) >>> 0) % below;
  };
}

/** A batch with some columns outside its shape, filled from the pools. */
function makeBatch(seed: number): FlowBatch {
  const next = random(seed);
  const shape = columns.map((c) => c.name).filter((n) => n === 'protocol' || next(10) > 0);
  const batch = new FlowBatch(ROWS, shape);
  batch.rows = ROWS;
  for (const column of columns) {
    for (const p of physicalOf(column)) {
      const array = batch.array(p.name);
      if (!array) continue;
      const pool = column.type === 'text' ? [...TEXTS.keys()].map(BigInt) : (POOLS[column.type] ?? WIDE);
      for (let row = 0; row < ROWS; row++) {
        const value = pool[next(pool.length)]!;
        if (p.word !== 'u64') array[row] = Number(value);
        else array.set([Number(value & 0xffff_ffffn), Number(value >> 32n)], 2 * row);
      }
    }
    if (column.type === 'address') fillAddresses(batch, column, next);
    if (column.type === 'text') batch.texts[column.name] = TEXTS;
  }
  return batch;
}

function fillAddresses(batch: FlowBatch, column: Column, next: (below: number) => number): void {
  const [hi, lo] = physicalOf(column).map((p) => batch.array(p.name));
  for (let row = 0; hi && lo && row < ROWS; row++) {
    const w = wordsOfText(ADDRESSES[next(ADDRESSES.length)]!);
    hi.set([w[1]!, w[0]!], 2 * row);
    lo.set([w[3]!, w[2]!], 2 * row);
  }
}

function wordsOfText(text: string): readonly number[] {
  const node = parseFilter(`src_addr ${text}`);
  return node.kind === 'address' ? node.ranges[0]!.low : [];
}

/** The rows as a DuckDB table; every second text column is an ENUM, as hot batches have it. Virtual columns are computed, as a store does it. */
async function makeTable(db: DuckDBConnection, batch: FlowBatch, table: string): Promise<void> {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  await db.run(`CREATE TYPE ${table}_texts AS ENUM (${TEXTS.map(quoted).join(', ')})`);
  const physical = columns.flatMap(physicalOf);
  const types = physical.map((p) =>
    p.column.type === 'text' && p.column.id % 2 === 0 ? `${table}_texts` : sqlTypeOf(p),
  );
  await db.run(
    `CREATE TABLE stored_${table} (row INTEGER, ${physical.map((p, i) => `"${p.name}" ${types[i]}`).join(', ')})`,
  );
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const values = physical.map((p) => {
      const array = batch.array(p.name);
      if (p.column.type === 'text') return quoted(array ? TEXTS[array[row]!]! : '');
      if (!array) return String(fillOf(p.column));
      return p.word === 'u64' ? getBig(array as Uint32Array, row).toString() : String(array[row]);
    });
    return `(${row}, ${values.join(', ')})`;
  });
  await db.run(`INSERT INTO stored_${table} VALUES ${rows.join(', ')}`);
  const virtual = VIRTUAL_COLUMNS.flatMap((v) => Object.entries(v.sql)).map(([name, sql]) => `${sql} AS "${name}"`);
  await db.run(`CREATE VIEW ${table} AS SELECT *, ${virtual.join(', ')} FROM stored_${table}`);
}

const pick = <T>(items: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...(items as [T, ...T[]]));
const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** A value of the field as a filter writes it: mostly one that rows have, or its neighbour. */
function valueFor(field: Field): fc.Arbitrary<string> {
  if (!('column' in field)) {
    if (field.computed.max === 255n) return pick(['0', '3', '9', '255']);
    return pick([
      '0',
      '1',
      '39',
      '40',
      '1000',
      '1k',
      '1500',
      '10M',
      '1.5G',
      '9007199254740993',
      '18446744073709551615',
      '36893488147419103230',
    ]);
  }
  const { type, names, values } = field.column;
  if (type === 'address') return pick(ADDRESSES);
  if (type === 'text') return pick(TEXTS).map(quote);
  if (type === 'enum') return pick(values!);
  const numbers = fc
    .tuple(pick(POOLS[type]!), pick([0n, 0n, 0n, 1n, -1n]))
    .map(([v, d]) => (v + d < 0n || v + d > POOLS[type]!.at(-1)! ? v : v + d).toString());
  if (names === 'protocol') return fc.oneof(numbers, pick(['tcp', 'UDP', 'icmp', 'ipv6-icmp']));
  if (names === 'mac') return fc.oneof(numbers, pick(['00:00:00:00:05:dc', '0-0-0-0-0-28', '0000.0098.9680']));
  if (names === 'tcp_flags') return fc.oneof(numbers, pick(['S', 'SA', 'FSRPAU', 'X', 'ce']));
  return type === 'time'
    ? fc.oneof(numbers, pick(['2026-01-01', '2026-01-01T00:00:01Z', '"2026-01-01 01:01:00+01:00"']))
    : numbers;
}

function itemOf(field: Field): fc.Arbitrary<string> {
  const type = 'column' in field ? field.column.type : 'computed';
  const value = valueFor(field);
  if (type === 'address') return fc.oneof(value, prefix(), range(ADDRESSES), pick(['@servers', '10/8', '10.0/16']));
  if (type.startsWith('u')) return fc.oneof(value, range(POOLS[type]!.map(String)));
  return value;
}

const prefix = () => fc.tuple(pick(ADDRESSES), fc.nat(128)).map(([a, n]) => `${a}/${a.includes(':') ? n : n % 33}`);
const range = (ordered: readonly string[]) => {
  return fc.tuple(fc.nat(ordered.length - 1), fc.nat(ordered.length - 1)).map(([i, j]) => {
    const [a, b] = i < j ? [ordered[i]!, ordered[j]!] : [ordered[j]!, ordered[i]!];
    return a.includes('.') === b.includes('.') && !a.includes(':') && inOrder(a, b) ? `${a}-${b}` : a;
  });
};
const inOrder = (a: string, b: string) => {
  const key = (x: string) =>
    x.includes('.')
      ? x
          .split('.')
          .map((o) => o.padStart(3, '0'))
          .join('')
      : x.padStart(30, '0');
  return key(a) <= key(b);
};

function groups<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) found.set(key(item), [...(found.get(key(item)) ?? []), item]);
  return found;
}

type FieldsTarget = Extract<ReturnType<typeof targetsOf>[number][1], { kind: 'fields' }>;
const targetsOf = () => [...vocabulary().phrases].flatMap(([p, ts]) => ts.map((t) => [p, t] as const));

function leaf(): fc.Arbitrary<string> {
  const all = targetsOf();
  const wholes = all.filter(([, t]) => t.kind === 'whole').map(([p]) => p);
  const phrases = all.filter(([, t]) => t.kind === 'fields') as [string, FieldsTarget][];
  // Each field as often as any other, however many phrases it has.
  const fields = [...groups(phrases, ([, t]) => fieldName(t.fields[0]!)).values()];
  const field = pick(fields).chain((group) => pick(group));
  return fc.oneof(
    {
      weight: 1,
      arbitrary: pick([
        ...wholes,
        'flags S',
        'flags SA',
        'not flags FR',
        'flags X',
        'net 10.0.0.0 255.0.0.255',
        'src net 10.0.0.0 255.255.0.0',
      ]),
    },
    { weight: 8, arbitrary: field.chain(([phrase, target]) => comparison(phrase, target.fields[0]!)) },
    { weight: 2, arbitrary: fieldPair() },
  );
}

function comparison(phrase: string, field: Field): fc.Arbitrary<string> {
  const type = 'column' in field ? field.column.type : 'computed';
  const equal = fc
    .tuple(pick(['', '= ', '== ', 'eq ', '!= ']), valueFor(field))
    .map(([op, v]) => `${phrase} ${op}${v}`);
  const list = fc
    .tuple(fc.array(itemOf(field), { minLength: 1, maxLength: 6 }), pick([' ', ', ']))
    .map(([items, gap]) => `${phrase} in [${items.join(gap)}]`);
  const like = pick(['%', 'ch%', '%m%', '_', '__', 'a%b', 'a_b', '%\\\\%', '日%', 'Chrom_']).map(
    (p) => `${phrase} like "${p}"`,
  );
  const order = fc
    .tuple(pick(['<', '<=', '>', '>=', 'lt', 'ge']), valueFor(field))
    .map(([op, v]) => `${phrase} ${op} ${v}`);
  if (type === 'text') return fc.oneof(equal, list, like);
  if (type === 'address')
    return fc.oneof(
      equal,
      list,
      prefix().map((p) => `${phrase} ${p}`),
    );
  return type === 'enum' ? fc.oneof(equal, list) : fc.oneof(equal, list, order, order);
}

function fieldPair(): fc.Arbitrary<string> {
  const kinds = groups(columns, (c) => (c.type === 'enum' ? c.name : c.type.startsWith('u') ? 'number' : c.type));
  const numbers = [
    ...kinds.get('number')!.map((c) => c.name),
    'bytes',
    'packets',
    'bps',
    'pps',
    'bpp',
    'duration',
    'engine-id',
  ];
  const of = (names: readonly string[], ops: readonly string[]) =>
    fc.tuple(pick(names), pick(ops), pick(names)).map((words) => words.join(' '));
  const order = ['=', '!=', '<', '<=', '>', '>='];
  const named = (kind: string) => kinds.get(kind)!.map((c) => c.name);
  return fc.oneof(
    of(numbers, order),
    of(named('address'), order),
    of(named('time'), order),
    of(named('text'), ['=', '!=']),
    of(['service_port', 'src_port', 'dst_port', 'in_if', 'raw_bytes', 'bpp'], order),
    of(['subnet', 'remote_net', 'src_addr', 'next_hop'], order),
    of(['site', 'src_site', 'dst_site', 'process'], ['=', '!=']),
  );
}

function filterText(): fc.Arbitrary<string> {
  return fc.letrec<{ expr: string; leaf: string }>((tie) => ({
    leaf: leaf(),
    expr: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'filter' },
      tie('leaf'),
      fc.tuple(tie('expr'), pick(['and', 'or', '&&', '||']), tie('expr')).map((p) => p.join(' ')),
      tie('expr').map((e) => `(${e})`),
      tie('expr').map((e) => `not (${e})`),
      tie('expr').map((e) => `swap (${e})`),
      tie('expr').map((e) => `either (${e})`),
    ),
  })).expr;
}

const SETS = { servers: ['10.0.0.0/24', '2001:db8::1', '10.0.0.1-10.1.0.0'] };
const SEEDS = [1, 2, 3, 4, 6];
let db: DuckDBConnection;
const batches = SEEDS.map(makeBatch);

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  for (const [i, batch] of batches.entries()) await makeTable(db, batch, `flows${i}`);
});
afterAll(() => db?.closeSync());

test('SQL and predicate select the same rows, for 10,000 random filters', { timeout: 180_000 }, async () => {
  let judged = 0;
  let telling = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(filterText(), { minLength: FILTERS_PER_RUN, maxLength: FILTERS_PER_RUN }),
      fc.nat(SEEDS.length - 1),
      async (texts, at) => {
        const nodes = texts.map((text) => parseFilter(text, { sets: SETS }));
        const compiled = nodes.map(filterToSql);
        const shown = compiled.map(
          ({ sql }) => `string_agg(CASE WHEN ${sql} THEN '1' WHEN NOT ${sql} THEN '0' ELSE 'N' END, '' ORDER BY row)`,
        );
        const params = compiled.flatMap((c) => [...c.params, ...c.params]);
        const [result] = (await db.runAndReadAll(`SELECT ${shown.join(', ')} FROM flows${at}`, params)).getRows();
        for (const [i, node] of nodes.entries()) {
          const holds = filterToPredicate(node)(batches[at]!);
          let mine = '';
          for (let row = 0; row < ROWS; row++) mine += holds(row) ? '1' : '0';
          expect(mine, texts[i]).toBe(result![i]);
          judged += 1;
          if (mine.includes('0') && mine.includes('1')) telling += 1;
        }
        // As a condition the database may plan it otherwise than as a value.
        const { sql, params: bound } = compiled[0]!;
        const where = (await db.runAndReadAll(`SELECT row FROM flows${at} WHERE ${sql} ORDER BY row`, bound)).getRows();
        const holds = filterToPredicate(nodes[0]!)(batches[at]!);
        expect(
          where.map(([row]) => row),
          texts[0],
        ).toEqual([...Array(ROWS).keys()].filter((row) => holds(row)));
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(judged).toBeGreaterThanOrEqual(RUNS * FILTERS_PER_RUN);
  // A comparison that is always true or always false proves little: most filters must tell rows apart.
  expect(telling / judged).toBeGreaterThan(0.6);
});

const OPPOSITE_VALUES: Readonly<Record<string, string>> = {
  in: 'out',
  out: 'in',
  source: 'destination',
  destination: 'source',
};

/** The same rows as the other direction of each flow has them: source and destination, input and output, in and out exchanged. */
function opposite(batch: FlowBatch): FlowBatch {
  const EXCHANGED: Readonly<Record<string, string>> = { src: 'dst', dst: 'src', in: 'out', out: 'in' };
  const otherOf = ({ name }: Column) => {
    const [, front, side, rest] = /^(exporter_)?(src|dst|in|out)(_.*)$/.exec(name) ?? [];
    return columns.find((c) => side && c.name === (front ?? '') + EXCHANGED[side]! + rest)?.name ?? name;
  };
  const mirrored = new FlowBatch(
    ROWS,
    columns.filter((c) => batch.shape.includes(otherOf(c))).map((c) => c.name),
  );
  mirrored.rows = ROWS;
  for (const column of columns) {
    const others = physicalOf(columns.find((c) => c.name === otherOf(column))!);
    for (const [i, p] of physicalOf(column).entries()) mirrored.array(p.name)?.set(batch.array(others[i]!.name)!);
    if (column.type === 'text') mirrored.texts[column.name] = TEXTS;
  }
  for (const column of ['direction', 'blocklist_side', 'client_side']) {
    const { values } = columns.find((c) => c.name === column)!;
    const codes = mirrored.array(column);
    codes?.forEach((code, row) => {
      const name = values![code]!;
      codes[row] = name in OPPOSITE_VALUES ? values!.indexOf(OPPOSITE_VALUES[name]!) : code;
    });
  }
  return mirrored;
}

test('swap asks of a row what the filter asks of its other direction', () => {
  const mirrored = batches.map(opposite);
  let telling = 0;
  fc.assert(
    fc.property(
      // Of what is inside, the site and subnet are those of the source, and which end is the peer does not change, in both directions.
      filterText().filter((text) => !/\b(site|subnet|remote_net)\b/.test(text)),
      fc.nat(SEEDS.length - 1),
      (text, at) => {
        const swapped = filterToPredicate(parseFilter(`swap (${text})`, { sets: SETS }))(batches[at]!);
        const plain = filterToPredicate(parseFilter(text, { sets: SETS }))(mirrored[at]!);
        const rows = [...Array(ROWS).keys()];
        expect(rows.filter((row) => swapped(row))).toEqual(rows.filter((row) => plain(row)));
        const here = filterToPredicate(parseFilter(text, { sets: SETS }))(batches[at]!);
        if (rows.some((row) => here(row) !== swapped(row))) telling += 1;
      },
    ),
    { numRuns: 3_000, endOnFailure: true },
  );
  expect(telling).toBeGreaterThan(300);
});

test('the addresses of the rows are those of the pool', () => {
  const [batch] = batches;
  const lo = batch!.array('src_lo') as Uint32Array;
  const hi = batch!.array('src_hi') as Uint32Array;
  const seen = new Set(
    Array.from({ length: ROWS }, (_, row) => formatAddress(wordsOf(getBig(hi, row), getBig(lo, row)))),
  );
  expect([...seen].every((a) => ADDRESSES.some((b) => b === a || b.startsWith('::ffff')))).toBe(true);
  expect(seen.size).toBeGreaterThan(10);
});
