/**
 * Look-ups in the table of networks and places that a node has: `node bench/lookup.mjs [DIRECTORY | --routes N]` after a build, of the `places/` of a data
 * directory, else of the open data that comes with Weir; with --routes also of a dump of N routes of IPv4 and a fifth as many of IPv6, made by chance. Prints
 * million look-ups a second of CPU time on one core, the best of several rounds, the time to make the table, and the memory; asserts nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeMrtDump } from './measure/mrt-dump.mjs';

const dist = process.env.WEIR_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const load = (path) => import(pathToFileURL(`${dist}/${path}.js`).href);
const { makePlaces } = await load('server/places/make-places');
const { PlaceTable } = await load('label/places/place-table');

const ROUNDS = 7;
const ADDRESSES = 1 << 20;
const given = process.argv[2] === '--routes' ? undefined : process.argv[2];
const routes = process.argv[2] === '--routes' ? Number(process.argv[3] ?? 1_000_000) : 0;
const scratch = mkdtempSync(join(tmpdir(), 'weir-bench-'));
const directory = given ?? join(scratch, 'places');
let state = 1;
/** xorshift: the same addresses in each run. */
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}
const files = routes > 0 ? [join(scratch, 'rib.mrt')] : [];
for (const file of files) {
  const size = writeMrtDump(file, { ipv4: routes, ipv6: Math.round(routes / 5), random });
  console.log(
    `a dump of ${routes} routes of IPv4 and ${Math.round(routes / 5)} of IPv6, ${(size / 1e6).toFixed(0)} MB`,
  );
}
const peakMegabytes = () => (process.resourceUsage().maxRSS * 1_024) / 1e6;
const before = peakMegabytes();
const began = process.cpuUsage();
const made = await makePlaces(
  { directory, files, bundled: true, blocklists: [], networks: { home: ['10.0.0.0/8'], sites: {} } },
  () => {},
);
const seconds = (usage) => (usage.user + usage.system) / 1e6;
console.log(
  `${made.kept ? 'kept table read' : 'table made'} in ${seconds(process.cpuUsage(began)).toFixed(2)} s of CPU time; the process had ${before.toFixed(0)} MB and at most ${peakMegabytes().toFixed(0)} MB meanwhile`,
);
rmSync(scratch, { recursive: true });
const { ipv4, ipv6, blocklists: _, ...arrays } = made.places;
const bytes = [...Object.values(ipv4), ...Object.values(ipv6), ...Object.values(arrays)].reduce(
  (n, a) => n + a.byteLength,
  0,
);
console.log(`${made.sources.map((s) => `${s.systems} ranges of systems, ${s.countries} of countries`).join('; ')}`);
console.log(
  `${(bytes / 1e6).toFixed(1)} MB, IPv4 ${((ipv4.halves.byteLength + ipv4.nodes.byteLength + ipv4.leaves.byteLength) / 1e6).toFixed(1)} MB of it`,
);

const table = new PlaceTable(made.places);
const words = new Uint32Array(4 * ADDRESSES);
function measure(name, fill, find) {
  for (let i = 0; i < ADDRESSES; i++) fill(4 * i);
  let best = Number.POSITIVE_INFINITY;
  let known = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.cpuUsage();
    known = 0;
    for (let at = 0; at < 4 * ADDRESSES; at += 4) known += find(at) === 0 ? 0 : 1;
    best = Math.min(best, seconds(process.cpuUsage(from)));
  }
  console.log(
    `${name.padEnd(34)} ${(ADDRESSES / best / 1e6).toFixed(1).padStart(7)} M/s, ${((100 * known) / ADDRESSES).toFixed(0)} % known`,
  );
}
const { starts6 } = made.places;
measure(
  'IPv4, any address',
  (at) => {
    words[at + 3] = random();
  },
  (at) => table.find4(words[at + 3]),
);
measure(
  'IPv4, 10,000 addresses',
  (at) => {
    words[at + 3] = Math.imul(random() % 10_000, 2_654_435_761);
  },
  (at) => table.find4(words[at + 3]),
);
measure(
  'IPv6, within known ranges',
  (at) => {
    const range = 4 * (random() % (starts6.length / 4));
    words.set([starts6[range], starts6[range + 1] + (random() & 0xffff), random(), random()], at);
  },
  (at) => table.find(words[at], words[at + 1], words[at + 2], words[at + 3]),
);
