// The bundled data as a table, dist/shipped-places/: a new data directory, or an import into one, would take seconds to make the same
// (src/server/places/kept-data.ts). It is that of a node whose configuration says nothing of networks; any other begins from what was read of the packages.
import { chmodSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePlaces } from '../dist/server/places/make-places.js';

const directory = join(dirname(fileURLToPath(import.meta.url)), '../dist/shipped-places');
const { sources } = await makePlaces(
  { directory, files: [], bundled: true, blocklists: [], networks: { home: [], sites: {} }, forgets: true },
  () => {},
);
const [{ used, problem }] = sources;
if (!used) {
  console.error(problem);
  process.exit(1);
}
// A data directory is its owner's alone; this is for whoever runs Weir.
chmodSync(directory, 0o755);
for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o644);
