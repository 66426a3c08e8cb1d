// weir bench years: years of history through the store's own code on a clock that is set by hand. Prints what each level takes, how long graphs over all
// of it take, whether one five-minute flood is found as the peak of its day, and the disk that was projected beside the disk that it became. It asserts nothing.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { COLUMNS, random, zipf } from './measure/generated.mjs';
import { fixed, machine, options, table, tempFolder } from './measure/programs.mjs';

const o = options({ days: 800, flows: 200_000, hours: 24, data: '', keep: 'no', rounds: 3 });
const dist = process.env.WEIR_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const load = (room) => import(pathToFileURL(`${dist}/${room}/index.js`).href);
const { createLog } = await load('base');
const { FlowBatch, setWide, TextColumns } = await load('flow');
const { LocalStore, DuckReader } = await load('store');
const { runQuery } = await load('query');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2024, 0, 1);
const FLOOD_DAY = Math.floor(o.days / 2);
const FLOOD = START + FLOOD_DAY * DAY + 14 * HOUR + 20 * MINUTE;

/** Bytes that were sent on the day of the flood, by minute. */
const FLOOD_START = START + FLOOD_DAY * DAY;
let truth = {};
/** What the store said on day 60 that it would take. */
let promised = {};
const megabytes = (bytes) => (bytes == null ? '-' : fixed(bytes / 1e6, 1));

const root = o.data || join(tempFolder(), 'data');
const fresh = !existsSync(join(root, 'manifest.json'));
const clock = { ms: START, now: () => clock.ms };

const CATEGORIES = [
  'web',
  'mail',
  'backup',
  'file service',
  'voice',
  'database',
  'directory',
  'management',
  'peer to peer',
  'other',
];
const PORTS = [443, 80, 53, 22, 25, 445, 3389, 993, 123, 8080, 3306, 5432, 389, 88, 636, 6881];
const SITES = Array.from({ length: 12 }, (_, i) => `site ${i + 1}`);
const texts = new TextColumns();
const HOT_NAMES = [...COLUMNS, 'category'];

const ipv4 = (batch, column, row, value) => {
  batch.u32(`${column}_hi`)[2 * row] = 0;
  batch.u32(`${column}_hi`)[2 * row + 1] = 0;
  batch.u32(`${column}_lo`)[2 * row] = value;
  batch.u32(`${column}_lo`)[2 * row + 1] = 0xffff;
};

/** A flow that ended at `ms`. */
function write(batch, row, ms) {
  const out = random() < 0.55;
  const site = zipf(SITES.length);
  const inside = 0x0a000000 + (site << 12) + zipf(2_000);
  const outside = 0x08000000 + zipf(200_000) * 37;
  const insideAs = 64_500 + site;
  const outsideAs = 1_000 + zipf(3_000);
  const packets = 1 + Math.floor(10 ** (random() * 3));
  for (const name of ['start', 'end', 'received', 'time'])
    setWide(batch.u32(name), row, name === 'start' ? ms - Math.floor(random() * 20_000) : ms);
  ipv4(batch, 'src', row, out ? inside : outside);
  ipv4(batch, 'dst', row, out ? outside : inside);
  ipv4(batch, 'exporter', row, 0x0a0000fe + (site & 3));
  const port = PORTS[zipf(PORTS.length)];
  const high = 32_768 + Math.floor(random() * 28_000);
  batch.u16('src_port')[row] = out ? high : port;
  batch.u16('dst_port')[row] = out ? port : high;
  batch.u8('protocol')[row] = port === 53 || port === 123 ? 17 : 6;
  const bytes = Math.floor(packets * (60 + random() * 1_400));
  setWide(batch.u32('raw_bytes'), row, bytes);
  if (ms >= FLOOD_START && ms < FLOOD_START + DAY)
    truth[Math.floor(ms / MINUTE)] = (truth[Math.floor(ms / MINUTE)] ?? 0) + bytes;
  setWide(batch.u32('raw_packets'), row, packets);
  batch.u32('sampling')[row] = 1;
  batch.u8('sampling_origin')[row] = 1;
  batch.u32('in_if')[row] = 1 + (site & 7);
  batch.u32('out_if')[row] = 1 + (outsideAs & 7);
  batch.u32('src_as')[row] = out ? insideAs : outsideAs;
  batch.u32('dst_as')[row] = out ? outsideAs : insideAs;
  batch.u8('direction')[row] = out ? 2 : 1;
  batch.u32('src_site')[row] = out ? siteCodes[site] : 0;
  batch.u32('dst_site')[row] = out ? 0 : siteCodes[site];
  batch.u8('continued')[row] = 1;
  batch.u32('category')[row] = categoryCodes[PORTS.indexOf(port) % CATEGORIES.length];
}
let siteCodes = [];
let categoryCodes = [];

let key = 0;
function put(store, batch, hour) {
  const name = `years-${++key}`;
  store.beginBatch({ key: name, batch, hour, journal: null, rows: () => batch.rows, recycle: () => {} });
  store.closeBatch(name, { rows: batch.rows, closedMs: clock.ms, position: { offset: 0, skip: 0 } });
}

/** One hour of traffic: more by day than by night; the flood is ten times the usual in five minutes. */
function hourOfFlows(hour) {
  const ofDay = ((hour - START) % DAY) / HOUR;
  const busy = 0.4 + 1.2 * Math.max(0, Math.sin(((ofDay - 6) / 24) * 2 * Math.PI));
  const usual = Math.round((o.flows / o.hours) * busy);
  const flood = FLOOD >= hour && FLOOD < hour + HOUR ? Math.round((usual / 12) * 9) : 0;
  const batch = new FlowBatch(usual + flood + 1, HOT_NAMES);
  texts.begin(batch);
  siteCodes = SITES.map((s) => texts.of('src_site').code(s));
  const destination = SITES.map((s) => texts.of('dst_site').code(s));
  if (siteCodes.some((c, i) => c !== destination[i])) throw new Error('codes of the two site columns differ');
  categoryCodes = CATEGORIES.map((c) => texts.of('category').code(c));
  for (let i = 0; i < usual; i++) write(batch, i, hour + Math.floor(random() * HOUR));
  for (let i = 0; i < flood; i++) write(batch, usual + i, FLOOD + Math.floor(random() * 5 * MINUTE));
  batch.rows = usual + flood;
  return batch;
}

const store = await LocalStore.open({
  root,
  clock,
  log: createLog({ style: 'pretty', level: 'warn' }),
  // Records for ten days: the point is what remains when they are gone. The levels as they are by default.
  retention: {
    ageMs: 10 * DAY,
    bytes: 50e9,
    levels: {
      [MINUTE]: { ageMs: 14 * DAY, bytes: 4e9 },
      [5 * MINUTE]: { ageMs: 100 * DAY, bytes: 8e9 },
      [HOUR]: { ageMs: 800 * DAY, bytes: 10e9 },
      [DAY]: { ageMs: null, bytes: 3e9 },
    },
  },
  segmentRows: 1_000_000,
  segmentAgeMs: 300_000,
  writerMemoryBytes: 512 << 20,
});

if (fresh) {
  const began = performance.now();
  const cpu = process.cpuUsage();
  let rows = 0;
  for (let day = 0; day < o.days; day++) {
    // With fewer hours of traffic a day years take less time: the rows of days are as many.
    const first = START + day * DAY + (o.hours < 24 ? 14 * HOUR : 0);
    for (let hour = first; hour < first + o.hours * HOUR; hour += HOUR) {
      const batch = hourOfFlows(hour);
      rows += batch.rows;
      clock.ms = hour + HOUR;
      put(store, batch, hour);
    }
    await store.flush();
    clock.ms = START + (day + 1) * DAY + 15 * MINUTE;
    await store.tick();
    await store.makeHistory();
    await store.compact();
    if (day === 59) for (const l of store.status().levels) promised[l.level] = l.atFullAge;
    if ((day + 1) % 20 === 0 || day + 1 === o.days) tell(day + 1, rows, began);
  }
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `\n${rows} flows of ${o.days} days in ${fixed((performance.now() - began) / 1000, 0)} s, CPU ${fixed((user + system) / 1e6 / (rows / 1e6), 2)} s for a million flows, a day at a time`,
  );
}

function tell(day, rows, began) {
  const levels = store
    .status()
    .levels.map((l) => `${l.level} ${fixed(l.bytes / 1e6, 1)}`)
    .join(', ');
  console.error(
    `day ${day}: ${rows} flows, ${fixed((performance.now() - began) / 1000, 0)} s, ${fixed(process.memoryUsage().rss / 1e6, 0)} MB resident; on disk in MB: ${levels}`,
  );
}

const note = join(root, 'years.json');
if (fresh) writeFileSync(note, JSON.stringify({ truth, promised }));
else ({ truth, promised } = JSON.parse(readFileSync(note, 'utf8')));
if (!fresh) clock.ms = START + o.days * DAY;

const reader = await DuckReader.start(store, {
  threads: 2,
  memoryBytes: 1 << 30,
  tempDirectory: store.layout.tmp,
  spillBytes: 1 << 30,
  directories: [root],
});
const END = START + o.days * DAY;
const FROM = Math.max(START, END - 730 * DAY);
const ask = async (query) => {
  let best = Number.POSITIVE_INFINITY;
  let first = 0;
  let answer;
  for (let i = 0; i < o.rounds; i++) {
    const at = performance.now();
    answer = await runQuery(reader, query, { now: clock.ms });
    const ms = performance.now() - at;
    if (i === 0) first = ms;
    best = Math.min(best, ms);
  }
  return { first, best, answer };
};

console.log(`\n${machine()}\n`);
table(
  'Disk, in MB',
  ['level', 'said on day 60', 'now', 'rows', 'a day lately', 'at full age', 'limit'],
  store
    .status()
    .levels.map((l) => [
      l.level,
      megabytes(promised[l.level]),
      megabytes(l.bytes),
      l.rows ?? '-',
      megabytes(l.bytesADay),
      megabytes(l.atFullAge),
      megabytes(l.byteLimit),
    ]),
);

const graphs = [
  ['category', ['category']],
  ['AS pair', ['src_as', 'dst_as']],
  ['subnet', ['subnet']],
  ['service port', ['service_port']],
];
const seen = [];
for (const [name, by] of graphs) {
  const { first, best, answer } = await ask({
    from: FROM,
    to: END,
    by,
    every: DAY,
    metrics: ['bytes', 'flows'],
    limit: 10,
  });
  seen.push([name, String(answer.rows.length), answer.plan.level, fixed(first, 0), fixed(best, 0)]);
}
table(`Graphs of ${Math.round((END - FROM) / DAY)} days`, ['by', 'points', 'level', 'first ms', 'best ms'], seen);

if (FLOOD >= FROM) {
  const day = START + FLOOD_DAY * DAY;
  const { answer } = await ask({
    from: day - 3 * DAY,
    to: day + 4 * DAY,
    every: DAY,
    metrics: ['bytes', 'peak_bytes'],
  });
  table(
    'One flood of five minutes',
    ['day', 'MB', 'peak minute MB', 'peak / mean minute'],
    answer.rows.map(([t, bytes, peak]) => [
      new Date(Number(t)).toISOString().slice(0, 10),
      fixed(Number(bytes) / 1e6, 1),
      fixed(Number(peak) / 1e6, 3),
      fixed(Number(peak) / (Number(bytes) / 1440), 2),
    ]),
  );
  console.log(
    `the flood: ${new Date(FLOOD).toISOString()}, largest minute really sent: ${fixed(Math.max(...Object.values(truth)) / 1e6, 3)} MB`,
  );
}
await reader.close();
await store.close();
