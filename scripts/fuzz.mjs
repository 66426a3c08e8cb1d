// `npm run fuzz -- --minutes 30 [--seed N]`: test/fuzz.test.ts and test/fuzz-captures.test.ts, beside each other, for longer than in `npm test`, with another
// seed each time.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0) || (values.seed !== undefined && !/^\d+$/.test(values.seed))) {
  process.stderr.write('usage: npm run fuzz -- [--minutes N] [--seed N]\n');
  process.exit(2);
}
const env = { ...process.env, WEIR_FUZZ_SECONDS: String(minutes * 60) };
if (values.seed !== undefined) env.WEIR_FUZZ_SEED = values.seed;
const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/fuzz.test.ts', 'test/fuzz-captures.test.ts'];
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1);
