// weir bench day: one day of many flows from many exporters and addresses, through the store's own code on a clock that is set by hand. Prints memory, time and CPU, what
// each level of history has, whether the totals of all cubes are the same as those of the records, and the most keys that a bucket has. It asserts nothing.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { COLUMNS, random, zipf } from './measure/generated.mjs';
import { fixed, machine, options, table, tempFolder } from './measure/programs.mjs';

const o = options({ flows: 100_000_000, exporters: 2_500, addresses: 5_000_000, data: '', start: '2026-01-05' });
const dist = process.env.WEIR_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { createLog } = await load('base/index.js');
const { FlowBatch, setWide, TextColumns } = await load('flow/index.js');
const { LocalStore, DuckReader, CUBES } = await load('store/index.js');
const { Duck } = await load('store/duck.js');
const { runQuery } = await load('query/index.js');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse(`${o.start}T00:00:00Z`);
const BATCH_ROWS = 32_768;
const root = o.data || join(tempFolder(), 'data');
const clock = { ms: START, now: () => clock.ms };

const whole = (n) => Math.floor(random() * n);

const NAMES = [...COLUMNS, 'application', 'user'];
const texts = new TextColumns();
const SITES = Array.from({ length: 40 }, (_, i) => `site ${i}`);
const APPLICATIONS = Array.from({ length: 400 }, (_, i) => `application ${i}`);
const USERS = Array.from({ length: 30_000 }, (_, i) => `user${i}`);
let codes = {};

const free = [];
function fill(rows, from, width) {
  const batch = free.pop() ?? new FlowBatch(BATCH_ROWS, NAMES);
  batch.rows = 0;
  texts.begin(batch);
  codes = {
    src_site: SITES.map((s) => texts.of('src_site').code(s)),
    dst_site: SITES.map((s) => texts.of('dst_site').code(s)),
    application: APPLICATIONS.map((s) => texts.of('application').code(s)),
    user: USERS.map((s) => texts.of('user').code(s)),
  };
  const u32 = (name) => batch.u32(name);
  const low = (name) => batch.u32(`${name}_lo`);
  const [src, dst, exporter] = [low('src'), low('dst'), low('exporter')];
  for (let i = 0; i < rows; i++) {
    const out = random() < 0.5;
    const ms = from + Math.floor((width * i) / rows);
    const end = ms - whole(60_000);
    const home = whole(65_536);
    const site = home % SITES.length;
    // The others: a few often, all of them at some time.
    const far = random() < 0.5 ? zipf(o.addresses) : whole(o.addresses);
    const router = zipf(o.exporters);
    const packets = 1 + Math.floor(10 ** (random() * 3));
    setWide(u32('received'), i, ms);
    setWide(u32('time'), i, end);
    setWide(u32('end'), i, end);
    setWide(u32('start'), i, end - whole(30_000));
    src[2 * i] = out ? 0x0a000000 + home : 0x30000000 + far;
    src[2 * i + 1] = 0xffff;
    dst[2 * i] = out ? 0x30000000 + far : 0x0a000000 + home;
    dst[2 * i + 1] = 0xffff;
    exporter[2 * i] = 0xac100000 + router;
    exporter[2 * i + 1] = 0xffff;
    const port = random() < 0.8 ? [443, 80, 53, 22, 25, 123, 8080, 3306][whole(8)] : 1_024 + whole(30_000);
    batch.u16('src_port')[i] = out ? 32_768 + whole(28_000) : port;
    batch.u16('dst_port')[i] = out ? port : 32_768 + whole(28_000);
    batch.u8('protocol')[i] = port === 53 || port === 123 ? 17 : 6;
    setWide(u32('raw_bytes'), i, packets * (60 + whole(1_400)));
    setWide(u32('raw_packets'), i, packets);
    u32('sampling')[i] = 1;
    batch.u8('sampling_origin')[i] = 1;
    u32('in_if')[i] = 1 + whole(48);
    u32('out_if')[i] = 1 + whole(48);
    u32('src_as')[i] = out ? 64_500 : 1 + (far % 60_000);
    u32('dst_as')[i] = out ? 1 + (far % 60_000) : 64_500;
    batch.u8('direction')[i] = out ? 2 : 1;
    u32('src_site')[i] = out ? codes.src_site[site] : 0;
    u32('dst_site')[i] = out ? 0 : codes.dst_site[site];
    batch.u8('continued')[i] = 1;
    u32('application')[i] = codes.application[zipf(APPLICATIONS.length)];
    u32('user')[i] = codes.user[zipf(USERS.length)];
    sums.packets += packets;
  }
  batch.rows = rows;
  sums.records += rows;
  return batch;
}
const sums = { records: 0, packets: 0 };

const store = await LocalStore.open({
  root,
  clock,
  log: createLog({ style: 'pretty', level: 'warn' }),
  retention: { ageMs: null, bytes: null },
  segmentRows: 1_000_000,
  segmentAgeMs: 300_000,
  writerMemoryBytes: 512 << 20,
});
const began = performance.now();
const used = process.cpuUsage();
let generating = 0;
let most = 0;
let key = 0;
const perMinute = Math.round(o.flows / 1_440);
for (let minute = START; minute < START + DAY; minute += MINUTE) {
  for (let left = perMinute; left > 0; left -= BATCH_ROWS) {
    const before = process.cpuUsage().user;
    const batch = fill(
      Math.min(left, BATCH_ROWS),
      minute + MINUTE - Math.ceil((left / perMinute) * MINUTE),
      (Math.min(left, BATCH_ROWS) / perMinute) * MINUTE,
    );
    generating += process.cpuUsage().user - before;
    const name = `day-${++key}`;
    store.beginBatch({
      key: name,
      batch,
      hour: Math.floor(minute / HOUR) * HOUR,
      journal: null,
      rows: () => batch.rows,
      recycle: () => free.push(batch),
    });
    store.closeBatch(name, { rows: batch.rows, closedMs: clock.ms, position: { offset: 0, skip: 0 } });
  }
  clock.ms = minute + MINUTE;
  await store.tick();
  most = Math.max(most, process.memoryUsage().rss);
  if ((minute - START) % (2 * HOUR) === 0)
    console.error(
      `${new Date(minute).toISOString().slice(11, 16)} ${sums.records} flows, ${fixed((performance.now() - began) / 1000, 0)} s, resident ${fixed(process.memoryUsage().rss / 1e6, 0)} MB`,
    );
}
await store.flush();
clock.ms += 30 * MINUTE;
await store.tick();
await store.makeHistory();
most = Math.max(most, process.memoryUsage().rss);
const cpu = process.cpuUsage(used);
const seconds = (performance.now() - began) / 1000;

console.log(`\n${machine()}\n`);
table(
  'A day',
  [
    'flows',
    'exporters',
    'addresses',
    's',
    'CPU s/M',
    'of which making flows',
    'peak resident MB',
    'segments MB',
    'history MB',
  ],
  [
    [
      sums.records,
      o.exporters,
      o.addresses,
      fixed(seconds, 0),
      fixed((cpu.user + cpu.system) / sums.records, 3),
      fixed(generating / sums.records, 3),
      fixed(most / 1e6, 0),
      fixed(store.status().levels.find((l) => l.level === 'raw').bytes / 1e6, 0),
      fixed(
        store
          .status()
          .levels.filter((l) => ['1m', '5m', '1h', '1d'].includes(l.level))
          .reduce((n, l) => n + l.bytes, 0) / 1e6,
        0,
      ),
    ],
  ],
);

const duck = await Duck.start({
  threads: 2,
  memoryBytes: 2 ** 30,
  tempDirectory: store.layout.tmp,
  spillBytes: 2 ** 33,
  directories: [root],
  cacheFiles: false,
});
const ask = async (sql) => (await duck.run(sql, [], { timeoutMs: 600_000 })).rows;
const [[records, bytes, packets]] = await ask(
  `SELECT count(*), sum(raw_bytes), sum(raw_packets) FROM read_parquet('${root}/segments/**/*.parquet')`,
);
const rows = [['records', '-', String(records), String(bytes), String(packets), '-', '-']];
for (const [i, level] of ['1m', '5m', '1h', '1d'].entries()) {
  const files = `read_parquet('${root}/rollups/${level}/**/*.parquet', union_by_name = true)`;
  const totals = await ask(
    `SELECT cube, sum(records), sum(bytes), sum(packets) FROM ${files} WHERE cube <> 30 GROUP BY cube`,
  );
  const different = new Set(totals.map(([, r, b, p]) => `${r} ${b} ${p}`));
  const keys = await ask(
    `SELECT cube, max(n) FROM (SELECT cube, time, count(*) AS n FROM ${files} WHERE NOT rest AND cube <> 30 GROUP BY cube, time) GROUP BY cube`,
  );
  const over = keys.filter(([cube, n]) => Number(n) > CUBES.find((c) => c.id === Number(cube)).bound[i]).length;
  rows.push([level, totals.length, ...[...different][0].split(' '), different.size, over]);
}
table(
  'Totals of every cube',
  ['level', 'cubes', 'records', 'bytes', 'packets', 'different totals', 'cubes over their bound'],
  rows,
);

const reader = await DuckReader.start(store, {
  threads: 2,
  memoryBytes: 1 << 30,
  tempDirectory: store.layout.tmp,
  spillBytes: 1 << 32,
  directories: [root],
});
const seen = [];
for (const by of [[], ['exporter'], ['src_addr'], ['service_port'], ['site'], ['application'], ['src_as', 'dst_as']]) {
  const at = performance.now();
  const answer = await runQuery(
    reader,
    {
      from: START,
      to: START + DAY,
      by,
      metrics: ['bytes', 'flows'],
      limit: 10,
      ...(by.length === 1 ? { every: HOUR } : {}),
    },
    { now: clock.ms, force: 'history' },
  );
  seen.push([
    by.join(' x ') || 'total',
    answer.plan.level,
    fixed(performance.now() - at, 0),
    String(answer.total.flows),
  ]);
}
{
  const answer = await runQuery(
    reader,
    { from: START, to: START + DAY, metrics: ['hosts_out', 'hosts_in'] },
    { now: clock.ms, sets: { home: ['10.0.0.0/8'] } },
  );
  seen.push([
    `hosts out ${answer.rows[0][0]}, in ${answer.rows[0][1]} (65,536 there are)`,
    answer.plan.level,
    fixed(answer.plan.ms, 0),
    '-',
  ]);
}
table('Questions over the day', ['by', 'level', 'ms', 'flows'], seen);
await reader.close();
duck.close();
await store.close();
if (o.data) rmSync(join(root, 'lock'), { force: true });
