// `node scripts/bundle.mjs [FOLDER]`: src/ of the folder, else of the repository, into its dist/. Node takes half a millisecond of CPU for each module that it
// loads, and Weir has 700: what the same programs want becomes one file of dist/parts/. Packages stay outside. Types are not looked at: `npm run check` does it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

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

const entries = readdirSync(src, { recursive: true })
  .filter((file) => /^([a-z]+\/index|[a-z]+\/[a-z-]+-(worker|process)|cli\/main)\.ts$/.test(file))
  .map((file) => file.slice(0, -'.ts'.length));

/** What a room gives at its door, by name: the file behind it, and its name there. */
function behindDoor(door) {
  const names = new Map();
  for (const [, list, file] of readFileSync(door, 'utf8').matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gm)) {
    for (const name of namesIn(list)) names.set(name.given, { file: join(dirname(door), file), own: name.own });
  }
  return names;
}

/** Of `a, b as c`; types are nothing at run time. */
function namesIn(list) {
  const names = list.split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => {
      const [own, given = own] = name.split(' as ');
      return { own, given };
    });
}

/**
 * What enters a room by its door reads, for the bundler, all that the door leads to: `weir meter` would be given the database with the four words that it
 * takes from the room that has it. So each name is taken from the file that has it. The lines stay where they are, for the maps of the source.
 */
const pastDoors = {
  name: 'past-doors',
  transform: {
    filter: { id: /\.ts$/ },
    handler: (code, id) => ({
      code: code.replace(/^import \{([^}]*)\} from '(\.\.?\/[^']*\/index\.ts)';/gm, (whole, list, path) => {
        const behind = behindDoor(join(dirname(id), path));
        const lines = namesIn(list).map(({ own: given, given: here }) => {
          const { file, own } = behind.get(given);
          return `import { ${own} as ${here} } from '${file}';`;
        });
        return lines.join(' ') + '\n'.repeat(whole.split('\n').length - 1);
      }),
      map: null,
    }),
  },
};

const program = await rolldown({
  cwd: root,
  platform: 'node',
  tsconfig: false,
  input: Object.fromEntries([...entries, ...INNER].map((name) => [name, join(src, `${name}.ts`)])),
  external: /^[^./]/,
  plugins: [pastDoors],
  // Nothing is done when a module is loaded (it would be seen in `npm test`): one of which nothing is used can be left out.
  treeshake: { moduleSideEffects: false },
});
// Parts stand one folder below dist/, as the threads do, which they start by `../ROOM/NAME.js`.
await program.write({
  dir: join(root, 'dist'),
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'parts/[name].js',
});
