import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { spareUser, usersOf } from './spare-user.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-spare-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const places = { passwd: at('passwd'), group: at('group'), proc: at('proc'), dynamic: at('dynamic') };

it('a spare user is none of passwd or group, none of a process, and none that systemd has made', () => {
  mkdirSync(at('proc/77'), { recursive: true });
  mkdirSync(at('dynamic'));
  writeFileSync(places.passwd, 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(places.group, 'root:x:0:\n\n');
  expect(spareUser(places)).toBe(65_519);
  writeFileSync(places.passwd, 'last:x:65519:1::/:/bin/sh\n');
  writeFileSync(places.group, 'group:x:65518:\n');
  expect(spareUser(places)).toBe(65_517);
  writeFileSync(at('proc/77/status'), 'Name:\tcat\nUid:\t65517\t65517\t65516\t65517\n');
  writeFileSync(at('dynamic/65515'), '');
  expect(spareUser(places)).toBe(65_514);
});

it('is none where all are taken', () => {
  const all = Array.from({ length: 65_520 - 61_184 }, (_, i) => `u:x:${61_184 + i}:0::/:/bin/sh`);
  writeFileSync(places.passwd, all.join('\n'));
  expect(spareUser(places)).toBeNull();
});

it('knows who a process is and may become', () => {
  const uid = process.getuid!();
  expect(usersOf(process.pid)).toEqual({ real: uid, saved: uid });
  expect(readFileSync('/proc/self/status', 'utf8')).toContain(`Uid:\t${uid}\t`);
  expect(usersOf(2 ** 30)).toBeNull();
});
