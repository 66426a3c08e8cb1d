/**
 * What names, directions, sites, systems, countries, block lists and the judgement of continued records cost in a receive thread: `node bench/labels.mjs PORT` after a build (or `WEIR_DIST=folder`) takes
 * NetFlow v5 datagrams on this UDP port until none came for a second (for instance of `nfgen -p PORT -n 1000000 -r 200000`), then passes them through the pipeline again
 * and again, later each time. Prints nanoseconds of CPU time per row, the best of several rounds, and asserts no figure: machines differ.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = process.env.WEIR_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const load = (path) => import(pathToFileURL(`${dist}/${path}.js`).href);
const { allColumnNames, FlowBatch, TextColumns } = await load('flow/index');
const { asnOfText, buildPlaces, countryOfText, Labeller, readRangeCsv, Skipped } = await load('label/index');
const { Continuity } = await load('ingest/continuity');
const { Netflow5Writer, newFlowContext, newNetflow5Header, readNetflow5Header } = await load('wire/index');

const ROUNDS = 5;
const BATCH_ROWS = 32_768;
const ROUND_MS = 60_000;
/** Rows that are labelled together: those of the datagrams that one read of a busy socket gives. */
const PIECE_ROWS = 960;
const SECONDS_AT = 8;
const NONE = { home: [], sites: {} };
const FEW = {
  home: ['10.0.0.0/8', '192.168.0.0/16'],
  sites: { a: ['10.0.0.0/16'], b: ['10.1.0.0/16'], c: ['192.168.0.0/24'] },
};
/** A prefix for each of many small networks: the search within a /16 is as long as it gets. */
const MANY = {
  home: ['10.0.0.0/8'],
  sites: Object.fromEntries(
    Array.from({ length: 1_000 }, (_, i) => [
      `site${i}`,
      [`10.${i >> 8}.${i & 255}.0/25`, `192.168.${i & 255}.0/26`],
    ]).map(([name, prefixes], i) => [name, i < 256 ? prefixes : prefixes.slice(0, 1)]),
  ),
};

/** The table of a node with the data that comes with Weir, of home networks and sites, and of a block list. */
function internet() {
  const ranges = (name, reading) => {
    const file = (version) =>
      readFileSync(fileURLToPath(import.meta.resolve(`@ip-location-db/${name}/${name}-${version}.csv`)));
    const skipped = new Skipped();
    return {
      ipv4: readRangeCsv(file('ipv4-num'), 1, reading, skipped),
      ipv6: readRangeCsv(file('ipv6'), 4, reading, skipped),
    };
  };
  return buildPlaces({
    autonomousSystems: [{ source: 'bundled', ranges: ranges('asn', asnOfText) }],
    countries: [ranges('asn-country', countryOfText)],
    blocklists: [{ name: 'list', prefixes: Array.from({ length: 500 }, (_, i) => `198.51.${i & 255}.${i >> 8}/32`) }],
    networks: FEW,
  });
}

function collect(port) {
  return new Promise((resolve) => {
    const datagrams = [];
    const socket = createSocket({ type: 'udp4', recvBufferSize: 64 << 20 });
    let timer;
    socket.on('message', (bytes) => {
      datagrams.push(Uint8Array.from(bytes));
      clearTimeout(timer);
      timer = setTimeout(() => socket.close(() => resolve(datagrams)), 1_000);
    });
    socket.bind(port, '127.0.0.1', () => process.stderr.write(`waiting for datagrams on port ${port}\n`));
  });
}

/** Nanoseconds of CPU time per row of all datagrams, decoded alone or with what `stage` does to the rows of each. */
function measure(datagrams, networks, judge, places) {
  const texts = new TextColumns();
  const labeller = networks ? new Labeller({ networks }, texts) : null;
  if (places) labeller.use(places);
  const continuity = judge ? new Continuity() : null;
  const header = newNetflow5Header();
  const context = newFlowContext();
  const batch = new FlowBatch(BATCH_ROWS, allColumnNames, undefined, true);
  context.exporter.set([0, 0, 0xffff, 0xc0000201]);
  let best = Number.POSITIVE_INFINITY;
  const counts = [0, 0, 0];
  let named = 0;
  let writer = begin();
  function settle() {
    labeller?.rows(named, batch.rows);
    named = batch.rows;
  }
  function begin() {
    settle();
    named = 0;
    batch.clear();
    texts.begin(batch);
    labeller?.bind(batch);
    continuity?.bind(batch);
    return new Netflow5Writer(batch);
  }
  const views = datagrams.map((d) => new DataView(d.buffer));
  const firstMs = views[0].getUint32(SECONDS_AT) * 1000;
  for (let round = 0; round < ROUNDS; round++) {
    for (const view of views)
      view.setUint32(SECONDS_AT, view.getUint32(SECONDS_AT) + (round === 0 ? 0 : ROUND_MS / 1000));
    let rows = 0;
    const before = process.cpuUsage();
    for (const view of views) {
      if (BATCH_ROWS - batch.rows < 30) {
        const { continued } = { continued: batch.array('continued') };
        if (continued && round === ROUNDS - 1) for (let r = 0; r < batch.rows; r++) counts[continued[r]] += 1;
        writer = begin();
      }
      readNetflow5Header(view, 0, view.byteLength, header);
      context.receivedMs = header.exportMs;
      const from = batch.rows;
      batch.rows += writer.decode(view, 0, header, from, context);
      if (batch.rows - named >= PIECE_ROWS) settle();
      continuity?.rows(from, batch.rows, firstMs);
      rows += batch.rows - from;
    }
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, ((user + system) * 1000) / rows);
  }
  for (const view of views) view.setUint32(SECONDS_AT, view.getUint32(SECONDS_AT) - ((ROUNDS - 1) * ROUND_MS) / 1000);
  return { ns: best, counts, overflowed: continuity?.overflowed ?? 0 };
}

const PLACES = internet();
const datagrams = await collect(Number(process.argv[2] ?? 2055));
const plain = measure(datagrams, null, false);
const line = (name, { ns, counts, overflowed }) => {
  const told = counts.some((n) => n > 0) ? `  unknown, no, yes: ${counts.join(', ')}; overflowed ${overflowed}` : '';
  process.stdout.write(
    `${name.padEnd(36)}${ns.toFixed(1).padStart(8)}${(ns - plain.ns).toFixed(1).padStart(8)}${told}\n`,
  );
};
process.stdout.write(`${datagrams.length} datagrams; nanoseconds per row       all    more\n`);
line('decoding alone', plain);
line('names and categories', measure(datagrams, NONE, false));
line('home and 3 sites', measure(datagrams, FEW, false));
line('home and 1,000 sites', measure(datagrams, MANY, false));
line('systems, countries, block list', measure(datagrams, FEW, false, PLACES));
line('continued', measure(datagrams, null, true));
line('all', measure(datagrams, FEW, true, PLACES));
