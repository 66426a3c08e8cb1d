/**
 * What it costs to add decoded records up for history, without files: `node bench/rollups.mjs` after a build (or `WEIR_DIST=folder`).
 * NetFlow v5 of one exporter: 262,144 clients and their servers, few of them busy, 16 services, 64 x 64 systems, ends spread over a minute. Prints a table and asserts
 * no figure: machines differ.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = process.env.WEIR_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const load = (file) => import(pathToFileURL(`${dist}/${file}.js`).href);
const { allColumnNames, FlowBatch, TextColumns } = await load('flow/index');
const wire = await load('wire/index');
const { RollupBuilder } = await load('store/rollup/rollup-builder');

const NOW = Date.UTC(2026, 10, 21, 12, 30, 30);
const BOOT = NOW - 864_000_000;
const ROWS = 65_520;
const BATCHES = 16;
/** Rows that become one delta: a minute of 50,000 a second. */
const DELTA = 3_000_000;
const HOSTS = 262_144;
const SERVICES = [443, 443, 443, 443, 80, 80, 53, 53, 22, 25, 445, 3389, 993, 123, 8080, 3306];
const SITES = ['Berlin', 'Lagos', 'Lima', 'Osaka', 'Oslo', 'Perth', 'Quito', 'Turin'];
const OUT = 2;
const IN = 1;

let state = 1;
function uniform() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n) => Math.floor(uniform() * n);
const frequent = (n) => Math.min(n, Math.floor(n ** uniform())) - 1;

function flow() {
  const client = 0x0a000000 + frequent(HOSTS);
  const server = (uniform() < 0.5 ? 0xc0a80000 : 0x08080000) + frequent(HOSTS / 16 + 1);
  const port = SERVICES[below(16)];
  const high = 32_768 + below(28_000);
  const up = below(2) === 1;
  const packets = 1 + Math.floor(10 ** (uniform() * 3));
  const [src, dst] = up ? [client, server] : [server, client];
  const endMs = NOW - below(60_000);
  return {
    src,
    dst,
    srcPort: up ? high : port,
    dstPort: up ? port : high,
    protocol: port === 53 || port === 123 ? 17 : 6,
    nextHop: 0x0a00fffe,
    inIf: 3,
    outIf: 7,
    packets,
    bytes: packets * (60 + below(1_400)),
    startMs: endMs - Math.floor(10 ** (uniform() * 4.7)),
    endMs,
    srcAs: 64_500 + (src & 63),
    dstAs: 64_600 + (dst & 63),
  };
}

/** One decoded batch; `routers` exporters with 8 interfaces each take turns by datagram. */
function decoded({ routers, sampling, labelled }) {
  const batch = new FlowBatch(ROWS, allColumnNames, undefined, true);
  const texts = new TextColumns();
  texts.begin(batch);
  const writer = new wire.Netflow5Writer(batch);
  const context = wire.newFlowContext();
  context.receivedMs = NOW;
  const header = wire.newNetflow5Header();
  for (let row = 0, n = 0; row < ROWS; row += 30, n++) {
    const router = n % routers;
    const interfaces = routers > 1 ? { inIf: 1 + (router % 8), outIf: 1 + (n % 8) } : {};
    const records = Array.from({ length: 30 }, () => ({ ...flow(), ...interfaces }));
    const head = {
      exportMs: NOW,
      bootMs: BOOT,
      sequence: row,
      samplingMode: sampling > 1 ? 1 : 0,
      samplingRate: sampling,
    };
    const [datagram] = wire.encodeNetflow5(records, head).datagrams;
    context.exporter.set([0, 0, 0xffff, 0x7f000001 + router]);
    const view = new DataView(datagram.buffer);
    wire.readNetflow5Header(view, 0, datagram.length, header);
    wire.applyNetflow5Sampling(header, context);
    batch.rows += writer.decode(view, 0, header, row, context);
  }
  if (labelled) label(batch, texts);
  return batch;
}

/** Directions and sites as home networks 10.0.0.0/8 with eight sites would give them. */
function label(batch, texts) {
  const shape = { physical: ['direction', 'src_site', 'dst_site'] };
  batch.begin(shape, batch.rows, 0);
  const codes = SITES.map((site) => [texts.of('src_site').code(site), texts.of('dst_site').code(site)]);
  const isHome = (lo, row) => lo[2 * row] >>> 24 === 10;
  const site = (lo, row) => codes[(lo[2 * row] >>> 15) & 7];
  const [src, dst] = [batch.u32('src_lo'), batch.u32('dst_lo')];
  for (let row = 0; row < batch.rows; row++) {
    const out = isHome(src, row);
    batch.u8('direction')[row] = out ? OUT : IN;
    batch.u32('src_site')[row] = out ? site(src, row)[0] : 0;
    batch.u32('dst_site')[row] = out ? 0 : site(dst, row)[1];
  }
}

function measure(what) {
  const batches = Array.from({ length: BATCHES }, () => decoded(what));
  const builder = new RollupBuilder();
  builder.extras(what.extras ?? true);
  let best = { add: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 4; round++) {
    const before = process.cpuUsage();
    let rows = 0;
    for (let i = 0; rows < DELTA; i++) {
      const batch = batches[i % BATCHES];
      rows += builder.add(batch, 0, batch.rows);
    }
    const added = process.cpuUsage(before);
    const delta = builder.take();
    const all = process.cpuUsage(before);
    // What is not added is fast.
    let records = 0;
    for (let row = 0; row < delta.rows; row++) if (delta.cube[row] === 1) records += delta.figures.get('records')[row];
    if (records !== rows) throw new Error(`${records} of ${rows} rows are in the delta`);
    const add = (1000 * (added.user + added.system)) / rows;
    const ns = (1000 * (all.user + all.system)) / rows;
    if (add < best.add) best = { add, ns, deltaRows: delta.rows };
  }
  return best;
}

const CASES = [
  ['one exporter, no home networks', { routers: 1, sampling: 0 }],
  ['the same without extras', { routers: 1, sampling: 0, extras: false }],
  ['one exporter, directions and sites', { routers: 1, sampling: 0, labelled: true }],
  ['sampled 1 in 100', { routers: 1, sampling: 100 }],
  ['2,000 exporters, directions and sites', { routers: 2_000, sampling: 0, labelled: true }],
];
console.table(
  CASES.filter(([name]) => name.includes(process.env.WEIR_CASE ?? '')).map(([records, what]) => {
    const { add, ns, deltaRows } = measure(what);
    return {
      records,
      'ns a record': Number(add.toFixed(0)),
      'with take': Number(ns.toFixed(0)),
      'million records per CPU second': Number((1000 / ns).toFixed(1)),
      'rows of the delta': deltaRows,
    };
  }),
);
