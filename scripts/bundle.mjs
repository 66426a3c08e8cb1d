// `node scripts/bundle.mjs [FOLDER]`: src/ of the folder, else of the repository, into its dist/. Node takes half a millisecond of CPU for each module that it
// loads, and Weir and its packages have 1,200: what the same programs want becomes one file of dist/parts/. Types are not looked at: `npm run check` does it.
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { requirePackages, writePackages } from './packages.mjs';
import { pastDoors } from './past-doors.mjs';

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const src = join(root, 'src');

/** Beside the command, the threads and the doors of the rooms: what benchmarks and tests enter past a door. */
const INNER = [
  'ingest/continuity',
  'ingest/meter-settings',
  'ingest/traffic-reader',
  'server/agent',
  'server/api',
  'server/blocklists/blocklists',
  'label/places/place-table',
  'server/local-query-service',
  'server/places/make-places',
  'store/duck',
  'store/rollup/rollup-builder',
];

/** Packages that stay outside: native code, data, what few nodes need (SNMP, pictures of graphs), and what Fastify would load if it were not given ours (server/api.ts). */
const OUTSIDE = [
  /^@duckdb\//,
  /^koffi$/,
  /^@ip-location-db\//,
  /^net-snmp$/,
  /^(echarts$|echarts\/|@resvg\/)/,
  /^@fastify\/(ajv|fast-json-stringify)-compiler$/,
];

const entries = readdirSync(src, { recursive: true })
  .filter((file) => /^([a-z]+\/index|[a-z]+\/[a-z-]+-(worker|process)|cli\/main)\.ts$/.test(file))
  .map((file) => file.slice(0, -'.ts'.length));

const program = await rolldown({
  cwd: root,
  platform: 'node',
  tsconfig: false,
  input: Object.fromEntries([...entries, ...INNER].map((name) => [name, join(src, `${name}.ts`)])),
  external: [/^node:/, ...OUTSIDE],
  plugins: [pastDoors, requirePackages],
  // Nothing is done when a module of Weir is loaded (it would be seen in `npm test`): one of which nothing is used can be left out.
  treeshake: { moduleSideEffects: (id) => id.includes('/node_modules/') },
});
// Parts stand one folder below dist/, as the threads do, which they start by `../ROOM/NAME.js`.
await program.write({
  dir: join(root, 'dist'),
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'parts/[name].js',
  // Every program and every thread has most of these rooms.
  codeSplitting: { groups: [{ name: 'ground', test: /\/src\/(base|system|flow)\// }] },
});
await writePackages(root);
