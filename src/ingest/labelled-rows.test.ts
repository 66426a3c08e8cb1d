import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog, ManualClock } from '../base/index.ts';
import { allColumnNames, columnOf, FlowBatch, TextColumns } from '../flow/index.ts';
import { buildPlaces, countryOfText, type HomeNetworks, readRangeCsv, Skipped } from '../label/index.ts';
import { DuckReader, JournalWriter, LocalStore } from '../store/index.ts';
import { encodeNetflow5 } from '../wire/index.ts';
import { newPipeline } from './exporters.testing.ts';
import { ingestCounters } from './ingest-counters.ts';
import { replayJournal } from './replay.ts';
import type { KnownPlaces } from './store-messages.ts';
import { tempFolder } from './temp.testing.ts';

const T = Date.UTC(2026, 10, 22, 3);
const MINUTE = 60_000;
const EXPORTER = Uint32Array.of(0, 0, 0xffff, 0xc0000201);
const NETWORKS: HomeNetworks = {
  home: ['10.0.0.0/8'],
  sites: { berlin: ['10.1.0.0/16'], lab: [] },
  exporterSites: [{ site: 'lab', exporters: '192.0.2.1', vlans: null }],
  subnets: { servers: ['10.1.2.0/24'] },
};
const MINUTES = 20;
const OUTSIDE = 0x08080808;

let root: string;
let store: LocalStore;

beforeEach(async () => {
  root = tempFolder();
  store = await LocalStore.open({
    root,
    clock: new ManualClock(T),
    log: createLog({ style: 'pretty', level: 'silent' }),
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000,
    segmentAgeMs: 300_000,
    writerMemoryBytes: 256 << 20,
  });
});

afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

/** A datagram a minute: connections that last all the time in both directions, and short ones. */
function datagrams(): { readonly bytes: Uint8Array; readonly receivedMs: number }[] {
  return Array.from({ length: MINUTES }, (_, minute) => {
    const startMs = T + minute * MINUTE;
    const last = minute === MINUTES - 1;
    const record = (host: number, port: number, endMs: number, tcpFlags: number) =>
      [
        { src: host, dst: OUTSIDE, srcPort: port, dstPort: 443 },
        { src: OUTSIDE, dst: host, srcPort: 443, dstPort: port },
      ].map((key) => ({ ...key, packets: 9, bytes: 900, startMs, endMs, protocol: 6, tcpFlags }));
    const records = [
      ...record(0x0a010203, 40_000, startMs + MINUTE - 300, (minute === 0 ? 2 : 0) | 16 | (last ? 1 : 0)),
      ...record(0x0a020304, 40_001 + minute, startMs + 800, 0x1b),
      ...record(0x0a020304, 50_000 + minute, startMs + 30_000, 16),
    ];
    const receivedMs = startMs + MINUTE;
    const sequence = minute * records.length;
    const [bytes] = encodeNetflow5(records, { exportMs: receivedMs, bootMs: T - 1e6, sequence }).datagrams;
    return { bytes: bytes!, receivedMs };
  });
}

type Row = readonly [
  port: number,
  direction: string,
  src: string,
  dst: string,
  continued: string,
  srcSubnet: string,
  dstSubnet: string,
];

function live(): Row[] {
  const texts = new TextColumns();
  const pipeline = newPipeline(10, ingestCounters(), texts, NETWORKS);
  const batch = new FlowBatch(32_768, allColumnNames, undefined, true);
  texts.begin(batch);
  pipeline.bind(batch);
  for (const { bytes, receivedMs } of datagrams())
    pipeline.accept(
      new DataView(bytes.buffer, bytes.byteOffset),
      0,
      bytes.length,
      EXPORTER,
      0,
      2055,
      receivedMs,
      'keep',
      false,
    );
  pipeline.settle();
  const name = (column: string, row: number) => columnOf(column).values![batch.array(column)![row]!]!;
  const text = (column: string, row: number) => batch.textsOf(column)[batch.array(column)![row]!]!;
  return Array.from({ length: batch.rows }, (_, r) => [
    Math.max(batch.u16('src_port')[r]!, batch.u16('dst_port')[r]!),
    name('direction', r),
    text('src_site', r),
    text('dst_site', r),
    name('continued', r),
    text('src_subnet', r),
    text('dst_subnet', r),
  ]);
}

/** What the store has of the journal, each row with the country of its destination, by a table that was made for other networks. */
async function replayed(places: KnownPlaces | null = null): Promise<(readonly [...Row, country: string])[]> {
  const writer = new JournalWriter(store.layout.journal, 0);
  writer.rotate(1, T, { ...newPipeline(10, ingestCounters(), undefined, NETWORKS).save() });
  for (const { bytes, receivedMs } of datagrams()) {
    writer.beginBlock(receivedMs);
    writer.add(EXPORTER, 0, 2055, bytes, 0, bytes.length);
    writer.endBlock(0);
  }
  writer.close();
  await replayJournal(store, writer.file, { maxExporters: 10, flushRows: 1, places });
  const reader = await DuckReader.start(store, {
    threads: 1,
    memoryBytes: 256 << 20,
    tempDirectory: store.layout.tmp,
    spillBytes: 1 << 20,
    directories: [root],
  });
  const view = await reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
  const { rows } = await view.run(
    `SELECT greatest(src_port, dst_port), direction, src_site, dst_site, continued, src_subnet, dst_subnet, dst_country FROM ${view.relation}`,
    [],
    { timeoutMs: 10_000 },
  );
  view.release();
  await reader.close();
  const name = (column: string, value: unknown) => columnOf(column).values![Number(value)]!;
  return rows.map(([port, direction, src, dst, continued, srcSubnet, dstSubnet, country]) => [
    Number(port),
    name('direction', direction),
    String(src),
    String(dst),
    name('continued', continued),
    String(srcSubnet),
    String(dstSubnet),
    String(country),
  ]);
}

const sorted = (rows: readonly (readonly unknown[])[]) => rows.map((r) => r.slice(0, 7).join(' ')).sort();

it('a connection of 20 minutes in records of one is one flow in each direction, of its site', () => {
  const long = live().filter(([port]) => port === 40_000);
  expect(long).toHaveLength(2 * MINUTES);
  expect(long.filter((r) => r[4] === 'yes')).toHaveLength(2 * (MINUTES - 1));
  expect(long.filter((r) => r[4] === 'no')).toEqual([
    [40_000, 'out', 'berlin', '', 'no', 'servers', ''],
    [40_000, 'in', '', 'berlin', 'no', '', 'servers'],
  ]);
  // Without their beginning, in the first minute, nobody knows what came before we listened.
  const others = live().filter(([port]) => port >= 50_000);
  expect(others.every((r) => r[2] + r[3] === 'lab')).toBe(true);
  expect(others.filter((r) => r[4] === 'unknown').map((r) => r[0])).toEqual([50_000, 50_000, 50_001, 50_001]);
  expect(others.filter((r) => r[4] === 'no')).toHaveLength(2 * (MINUTES - 2));
});

it('a replay of the journal gives the same directions, sites, subnets and flows, by the networks that stood at its head', async () => {
  expect(sorted(await replayed())).toEqual(sorted(live()));
});

it('networks that were set otherwise since say nothing of rows that came before; countries are those that are known today', async () => {
  const networks: HomeNetworks = { home: ['8.0.0.0/8'], sites: { tokyo: ['10.0.0.0/8'] } };
  const ranges = (text: string, width: 1 | 4) => readRangeCsv(Buffer.from(text), width, countryOfText, new Skipped());
  const countries = [{ ipv4: ranges(`${OUTSIDE},${OUTSIDE},US\n`, 1), ipv6: ranges('', 4) }];
  const rows = await replayed({ networks, handle: buildPlaces({ countries, networks }) });
  expect(sorted(rows)).toEqual(sorted(live()));
  expect(new Set(rows.map(([, direction, , , , , , country]) => `${direction} ${country}`))).toEqual(
    new Set(['out US', 'in ']),
  );
});
