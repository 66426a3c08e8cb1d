// `npm run check`: types, lint and format, the order of the rooms, dead code. Runs all and fails if any does.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules/.bin', name);
const run = (command, args, options = {}) => spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
let failed = false;
const judge = (name, ok) => {
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name}\n`);
  if (!ok) failed = true;
};

run(process.execPath, ['scripts/grammar.mjs']);
judge('types', run(bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']).status === 0);
judge('types of the dashboard', run(bin('tsc'), ['--noEmit', '-p', 'web/tsconfig.json']).status === 0);
judge('lint and format', run(bin('biome'), ['check', '--error-on-warnings', '.']).status === 0);

const rooms = run(
  bin('depcruise'),
  ['src', 'web/src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  },
);
const found = JSON.parse(rooms.stdout.toString());
for (const v of found.summary.violations) process.stdout.write(`  ${v.rule.name}: ${v.from} -> ${v.to}\n`);
// With some compilers the tool sees nothing and finds nothing wrong.
const seen = found.modules.filter((m) => m.source.startsWith('src/')).length;
const inner = found.modules.reduce((n, m) => n + m.dependencies.filter((d) => d.resolved.startsWith('src/')).length, 0);
judge(
  `order of the rooms (${seen} modules, ${inner} imports seen)`,
  found.summary.error === 0 && seen > 20 && inner > 20,
);

judge('dead code', run(bin('knip'), []).status === 0);
process.exit(failed ? 1 : 0);
