import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inFirstPidNamespace } from './pid-namespace.ts';

it('processes have their own numbers in the first PID namespace alone', () => {
  const proc = mkdtempSync(join(tmpdir(), 'weir-pids-'));
  mkdirSync(join(proc, 'self/ns'), { recursive: true });
  symlinkSync('pid:[4026532999]', join(proc, 'self/ns/pid'));
  expect(inFirstPidNamespace(proc)).toBe(false);
  rmSync(proc, { recursive: true });
  const first = execFileSync('readlink', ['/proc/self/ns/pid'], { encoding: 'utf8' }).trim() === 'pid:[4026531836]';
  expect(inFirstPidNamespace()).toBe(first);
});
