import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockFile, receiverKind } from './index.ts';
import { bindKernel } from './kernel.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const noKoffi = bindKernel(() => {
  throw new Error('not here');
});
let scratch: string;
/** The rooms as plain JavaScript, for processes of their own: Node 20 does not run TypeScript. Below the root, so that packages are found. */
let built: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'weir-lock-'));
  built = mkdtempSync(join(root, 'node_modules', '.weir-test-'));
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');
  for (const room of ['base', 'system']) {
    const files = readdirSync(join(root, 'src', room), { recursive: true }) as string[];
    for (const file of files.filter((f) => f.endsWith('.ts') && !/\.(test|testing)\.ts$/.test(f))) {
      mkdirSync(dirname(join(built, room, file)), { recursive: true });
      const compilerOptions = {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      };
      const { outputText } = ts.transpileModule(readFileSync(join(root, 'src', room, file), 'utf8'), {
        compilerOptions,
      });
      writeFileSync(join(built, room, file.replace(/\.ts$/, '.js')), outputText);
    }
  }
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
  rmSync(built, { recursive: true });
});

/** Another process that holds the lock until it is killed. `byPid`: as if koffi were missing there. */
async function holder(path: string, byPid = false) {
  const access = byPid ? ", { kernel: null, reason: '' }" : '';
  const code = `import { lockFile } from ${JSON.stringify(join(built, 'system/index.js'))};
    lockFile(${JSON.stringify(path)}${access}); console.log('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => {});
  return {
    pid: child.pid!,
    kill: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function busy(pid: number) {
  return expect.objectContaining({ code: 'busy', details: expect.objectContaining({ pid }) });
}

describe.each([
  ['flock', undefined],
  ['pid file', noKoffi],
])('lockFile by %s', (name, access) => {
  const skip = name === 'flock' && receiverKind().kind !== 'recvmmsg';

  it.skipIf(skip)('is exclusive between processes and goes with kill -9', async () => {
    const path = join(scratch, `${name} kill`);
    const other = await holder(path, access !== undefined);
    expect(() => lockFile(path, access)).toThrow(busy(other.pid));
    await other.kill();
    lockFile(path, access).release();
  });

  it.skipIf(skip)('is exclusive within a process and can be taken again after release', () => {
    const path = join(scratch, `${name} own`);
    const lock = lockFile(path, access);
    expect(() => lockFile(path, access)).toThrow(busy(process.pid));
    lock.release();
    lock.release();
    lockFile(path, access).release();
  });

  it.skipIf(skip)('says which path cannot be opened', () => {
    expect(() => lockFile(join(scratch, 'no/such/folder'), access)).toThrow(
      expect.objectContaining({ code: 'system' }),
    );
  });
});

it.skipIf(receiverKind().kind !== 'recvmmsg')('the two kinds of lock respect each other', async () => {
  const path = join(scratch, 'mixed');
  const withoutKoffi = await holder(path, true);
  expect(() => lockFile(path)).toThrow(busy(withoutKoffi.pid));
  await withoutKoffi.kill();
  const withKoffi = await holder(path);
  expect(() => lockFile(path, noKoffi)).toThrow(busy(withKoffi.pid));
  await withKoffi.kill();
});
