import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { UserNames } from './user-names.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-users-'));
const file = join(folder, 'passwd');
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string, modifiedSeconds: number): void {
  writeFileSync(file, text);
  utimesSync(file, modifiedSeconds, modifiedSeconds);
}

it('users that were added have their names ten seconds later', () => {
  let nowMs = 5_000;
  const users = new UserNames(file, () => nowMs);
  write('root:x:0:0::/root:/bin/sh\n', 1);
  expect([users.of(0), users.of(1000)]).toEqual(['root', 'uid 1000']);
  write('root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:1000:1000::/:/bin/sh\n', 2);
  nowMs += 9_000;
  expect(users.of(1000)).toBe('uid 1000');
  nowMs += 1_000;
  expect(users.of(1000)).toBe('ann');
});
