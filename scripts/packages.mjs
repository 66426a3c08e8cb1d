import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * CommonJS packages that the program takes by `require` when it needs them, and the file of dist/packages/ that each becomes: DuckDB's has 180 modules, and both
 * the store thread and the query thread load them at each start.
 */
const FILES = new Map([
  ['@duckdb/node-api', 'duckdb-node-api.cjs'],
  ['pino', 'pino.cjs'],
]);

/** Has native code, which it looks for beside itself. */
const NATIVE = /^@duckdb\/node-bindings/;

/** What asks for such a package is given its file. All that is written stands one folder below dist/, as dist/packages/ does. */
export const requirePackages = {
  name: 'require-packages',
  transform: {
    filter: { id: /\/src\/.*\.ts$/, code: /createRequire/ },
    handler: (code) => ({
      code: code.replace(/(require|createRequire\(import\.meta\.url\))\('([^']+)'\)/g, (whole, require, name) =>
        FILES.has(name) ? `${require}('../packages/${FILES.get(name)}')` : whole,
      ),
      map: null,
    }),
  },
};

/** Writes them into dist/packages/ of the folder. */
export async function writePackages(root) {
  for (const [input, file] of FILES) {
    const one = await rolldown({
      cwd: root,
      platform: 'node',
      input,
      external: NATIVE,
      treeshake: { moduleSideEffects: true },
    });
    await one.write({ file: join(root, 'dist/packages', file), format: 'cjs' });
  }
}
