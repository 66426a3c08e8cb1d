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
  { directory, files, bundled: true, blocklists: [], networks: { home: ['10.0.0.0/8'], sites: {} }, forgets: false },
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
  `${(bytes / 1e6).toFixed(1)} MB, IPv4 ${(Object.values(ipv4).reduce((n, a) => n + a.byteLength, 0) / 1e6).toFixed(1)} MB of it`,
);

const table = new PlaceTable(made.places);
const entries = new Uint32Array(ADDRESSES);
/** `findAll` looks all addresses up in a loop of its own, as the labelling of rows does: a call of another function for each would be measured with it. */
function measure(name, findAll) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.cpuUsage();
    findAll();
    best = Math.min(best, seconds(process.cpuUsage(from)));
  }
  const known = entries.reduce((n, entry) => n + (entry === 0 ? 0 : 1), 0);
  console.log(
    `${name.padEnd(34)} ${(ADDRESSES / best / 1e6).toFixed(1).padStart(7)} M/s, ${((100 * known) / ADDRESSES).toFixed(0)} % known`,
  );
}
/** As in a column of rows: the low word of two. */
const low = new Uint32Array(2 * ADDRESSES);
function findIpv4() {
  for (let row = 0; row < ADDRESSES; row++) entries[row] = table.find4(low[2 * row]);
}
for (let row = 0; row < ADDRESSES; row++) low[2 * row] = random();
measure('IPv4, any address', findIpv4);
for (let row = 0; row < ADDRESSES; row++) low[2 * row] = Math.imul(random() % 10_000, 2_654_435_761);
measure('IPv4, 10,000 addresses', findIpv4);

const { starts6 } = made.places;
const words = new Uint32Array(4 * ADDRESSES);
for (let at = 0; at < words.length; at += 4) {
  const range = 4 * (random() % (starts6.length / 4));
  words.set([starts6[range], starts6[range + 1] + (random() & 0xffff), random(), random()], at);
}
measure('IPv6, within known ranges', () => {
  for (let row = 0; row < ADDRESSES; row++) {
    const at = 4 * row;
    entries[row] = table.find(words[at], words[at + 1], words[at + 2], words[at + 3]);
  }
});
