import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { registerNode, runningNodes } from './runtime-directory.ts';

const directory = () => join(mkdtempSync(join(tmpdir(), 'weir-run-')), 'weir');

it('a node is noted while it runs', () => {
  const dir = directory();
  const node = { pid: process.pid, data: '/d', socket: '/d/weir.sock', http: null };
  const remove = registerNode(node, dir);
  expect(runningNodes([dir])).toEqual([node]);
  remove();
  expect(runningNodes([dir])).toEqual([]);
});

it('every user may read the note, whatever the umask: that of the service shuts others out', () => {
  const dir = directory();
  const before = process.umask(0o077);
  try {
    registerNode({ pid: process.pid, data: '/d', socket: '/d/weir.sock', http: null }, dir);
  } finally {
    process.umask(before);
  }
  expect((statSync(join(dir, `${process.pid}.json`)).mode & 0o777).toString(8)).toBe('644');
  expect((statSync(dir).mode & 0o777).toString(8)).toBe('755');
});

it('nodes whose process is dead and files that cannot be read are passed over', () => {
  const dir = directory();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  registerNode({ pid: dead, data: '/d', socket: '/d/weir.sock', http: null }, dir);
  writeFileSync(join(dir, 'broken.json'), '{');
  expect(runningNodes([dir])).toEqual([]);
  expect(existsSync(join(dir, `${dead}.json`))).toBe(true);
  // The next node clears them away.
  registerNode({ pid: process.pid, data: '/d', socket: '/d/weir.sock', http: null }, dir);
  expect(readdirSync(dir)).toEqual([`${process.pid}.json`]);
});

it('no directory means no node', () => {
  expect(runningNodes(['/nonexistent/weir'])).toEqual([]);
});
