import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
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
