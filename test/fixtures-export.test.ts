/**
 * Export datagrams of other projects' tests (../shared/fixtures) through a node: each expected record comes out with its values, and
 * counts and totals are those of tshark, in whatever order datagrams, templates and options come.
 */
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropCases, type ExportFixture, otherCases, telegrafCases } from './exporters/export-fixtures.testing.ts';
import { parseLines } from './exporters/line-protocol.testing.ts';
import { type ExpectedRecord, expectedRecords } from './exporters/telegraf.testing.ts';
import { tsharkLayers } from './exporters/tshark.testing.ts';
import { type Count, sumOf, tsharkCounts } from './exporters/tshark-counts.testing.ts';
import { tsharkRecords } from './exporters/tshark-records.testing.ts';
import { tsharkSamples } from './exporters/tshark-samples.testing.ts';
import {
  fixtures,
  remove,
  sleep,
  startNode,
  type TestNode,
  tempFolder,
  until,
  weir,
  weirJson,
} from './node.testing.ts';

type Row = Readonly<Record<string, string | number>>;

const telegraf = fixtures ? telegrafCases(fixtures) : [];
const others = fixtures ? otherCases(fixtures) : [];
const drops: readonly ExportFixture[] = [
  ...telegraf.filter(({ name }) => name === 'telegraf/sflow_issue_15375'),
  ...(fixtures ? dropCases(fixtures) : []),
];
const all: readonly ExportFixture[] = [...new Set([...telegraf, ...others, ...drops])];

const ORDERS = ['in their order', 'in reverse', 'shuffled'] as const;
type Order = (typeof ORDERS)[number];

/** Each case and order has an exporter's address of its own: templates of one are not for another. */
const exporterOf = (fixture: ExportFixture, order: Order) =>
  `127.7.${all.indexOf(fixture)}.${ORDERS.indexOf(order) + 1}`;

const folder = tempFolder();
let node: TestNode;
const rows = new Map<string, Row[]>();

beforeAll(async () => {
  if (!fixtures) return;
  node = await startNode(join(folder, 'data'));
  let sent = 0;
  for (const fixture of all) {
    const datagrams = await fixture.datagrams();
    for (const order of ORDERS) sent += await send(exporterOf(fixture, order), ordered(datagrams, order));
  }
  await received(sent);
  await sleep(500);
  const { stdout } = await weir(
    ...['flows', '--data', node.data, '--from', 'all', '--limit', '1000000', '--format', 'jsonl'],
  );
  for (const line of stdout.trim().split('\n')) {
    const row = asExported(JSON.parse(line) as Row);
    const exporter = String(row.exporter);
    if (!rows.has(exporter)) rows.set(exporter, []);
    rows.get(exporter)!.push(row);
  }
});
afterAll(async () => {
  await node?.stop();
  remove(folder);
});

/** A number of a system that is reserved is not believed: what the exporter said of it stands beside. */
function asExported(row: Row): Row {
  const { exporter_src_as: src_as = row.src_as, exporter_dst_as: dst_as = row.dst_as } = row;
  return { ...row, ...(src_as === undefined ? {} : { src_as }), ...(dst_as === undefined ? {} : { dst_as }) };
}

async function send(exporter: string, datagrams: readonly Buffer[]): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, exporter, resolve));
  for (const bytes of datagrams) {
    await new Promise<void>((resolve) => socket.send(bytes, node.port, '127.0.0.1', () => resolve()));
  }
  socket.close();
  return datagrams.length;
}

async function received(datagrams: number): Promise<void> {
  await until(
    async () => {
      const answer = await weirJson<{ data: { exporters: { datagrams: number }[] } }>(
        ...['report', 'exporters', '--data', node.data],
      );
      return answer.data.exporters.reduce((sum, stream) => sum + stream.datagrams, 0);
    },
    (seen) => seen >= datagrams,
    10_000,
  ).catch(() => undefined);
}

function ordered(datagrams: readonly Buffer[], order: Order): Buffer[] {
  if (order === 'in reverse') return [...datagrams].reverse();
  if (order === 'shuffled')
    return datagrams.filter((_, i) => i % 2 === 1).concat(datagrams.filter((_, i) => i % 2 === 0));
  return [...datagrams];
}

const rowsOf = (fixture: ExportFixture, order: Order) => rows.get(exporterOf(fixture, order)) ?? [];

/** Records that telegraf shows, with what it leaves to the header of version 5. */
async function expectedOf(fixture: (typeof telegraf)[number]): Promise<ExpectedRecord[]> {
  const lines = parseLines(fixture.expected).filter(({ measurement }) => measurement === 'netflow');
  const [first] = await fixture.datagrams();
  return lines.flatMap((line) => {
    if (line.tags.version !== 'NetFlowV5') return expectedRecords(line);
    const bootMs = first!.readUInt32BE(8) * 1000 + Math.floor(first!.readUInt32BE(12) / 1e6) - first!.readUInt32BE(4);
    const { first_switched, last_switched, engine_type, engine_id } = line.fields;
    const times = { start: bootMs + Number(first_switched), end: bootMs + Number(last_switched) };
    return expectedRecords(line).map((record) => ({
      ...{
        ...record,
        ...times,
        domain: Number(engine_type) * 256 + Number(engine_id),
        format: 'netflow5',
        sampling: 1,
      },
    }));
  });
}

const KEY = ['src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'raw_bytes', 'raw_packets'];
const keyOf = (row: ExpectedRecord) => KEY.map((name) => row[name] ?? '').join(' ');
const byKey = (a: ExpectedRecord, b: ExpectedRecord) => (keyOf(a) < keyOf(b) ? -1 : 1);
/** The columns of `row` that `expected` speaks of. */
const likeness = (row: Row | undefined, expected: ExpectedRecord) =>
  Object.fromEntries(Object.keys(expected).map((name) => [name, row?.[name]]));

describe.skipIf(fixtures === null)('telegraf: each record with the values that it shows (../shared/fixtures)', () => {
  const flowCases = telegraf.filter(({ protocol }) => protocol === 'cflow');
  for (const fixture of flowCases) {
    test.each(ORDERS)(`${fixture.name}: datagrams %s`, async (order) => {
      const expected = (await expectedOf(fixture)).sort(byKey);
      const found = [...rowsOf(fixture, order)].sort(byKey);
      expect(found.map(keyOf)).toEqual(expected.map(keyOf));
      expect(expected.map((record, i) => likeness(found[i], record))).toEqual(expected);
    });
  }
});

/** tshark's layers of a case when it knows all templates: it reads the datagrams twice, and the second time counts. */
async function tsharkOf(fixture: ExportFixture) {
  const datagrams = await fixture.datagrams();
  const layers = await tsharkLayers([...datagrams, ...datagrams], fixture.protocol);
  const read = fixture.protocol === 'sflow' ? tsharkSamples : tsharkRecords;
  return {
    sum: sumOf(tsharkCounts(layers, fixture.protocol).slice(datagrams.length)),
    records: read(layers).slice(datagrams.length).flat(),
  };
}

function sumOfRows(list: readonly Row[]) {
  const sum = { directions: list.length, octets: 0, packets: 0 };
  for (const row of list) {
    sum.octets += Number(row.raw_bytes ?? 0);
    sum.packets += Number(row.raw_packets ?? 0);
  }
  return sum;
}

/**
 * The message header gives 1,366 octets where the datagram has 1,409, and its last set lies beyond them. tshark drops the whole message;
 * Weir keeps the two records of the set before, as their bytes have them, and counts the rest as an error.
 */
const TSHARK_READS_NOTHING: Readonly<Record<string, Omit<Count, 'records'>>> = {
  'vflow/ipfix, several sets': { directions: 2, octets: 48_000, packets: 800 },
};

const tsharkCases = all.filter((fixture) => !drops.includes(fixture));

describe.skipIf(fixtures === null)('tshark: records, totals and each field of them (../shared/fixtures)', () => {
  for (const fixture of tsharkCases) {
    test(fixture.name, async () => {
      const { sum, records } = await tsharkOf(fixture);
      const { directions, octets, packets } = TSHARK_READS_NOTHING[fixture.name] ?? sum;
      for (const order of ORDERS) {
        const found = rowsOf(fixture, order);
        expect({ order, ...sumOfRows(found) }).toEqual({ order, directions, octets, packets });
        expect(withoutLike(found, records)).toEqual([]);
      }
    });
  }
});

describe.skipIf(fixtures === null)('discarded packets of sFlow (../shared/fixtures)', () => {
  /** Reason 1 of sFlow is "host unreachable": 131 in RFC 7270, dropped because unroutable. */
  const expected = { in_if: 1, out_if: 2, forwarding: 131, raw_packets: 1, agent_address: '192.168.119.184' };
  for (const fixture of drops) {
    test(fixture.name, () => {
      for (const order of ORDERS) {
        expect(rowsOf(fixture, order).map((row) => likeness(row, expected))).toEqual([expected]);
      }
    });
  }
});

/** The expected records that no row is like; a row serves one of them. */
function withoutLike(list: readonly Row[], expected: readonly ExpectedRecord[]): ExpectedRecord[] {
  const left = new Map<string, Row[]>();
  const keyOf = ({ src_addr, dst_addr }: ExpectedRecord) => `${src_addr} ${dst_addr}`;
  for (const row of list) left.set(keyOf(row), [...(left.get(keyOf(row)) ?? []), row]);
  return expected.filter((record) => {
    const candidates = left.get(keyOf(record)) ?? [];
    const at = candidates.findIndex((row) => Object.entries(record).every(([name, value]) => row[name] === value));
    if (at >= 0) candidates.splice(at, 1);
    return at < 0;
  });
}
