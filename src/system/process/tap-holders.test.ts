import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findTapHolders } from './tap-holders.ts';

const proc = mkdtempSync(join(tmpdir(), 'weir-proc-'));
afterAll(() => rmSync(proc, { recursive: true, force: true }));

function descriptor(pid: number, fd: number, target: string, info: string): void {
  for (const folder of ['fd', 'fdinfo']) mkdirSync(join(proc, String(pid), folder), { recursive: true });
  symlinkSync(target, join(proc, String(pid), 'fd', String(fd)));
  writeFileSync(join(proc, String(pid), 'fdinfo', String(fd)), info);
}

it('taps are held by processes, several queues of one by one, and one by several processes', () => {
  descriptor(900, 3, '/dev/net/tun', 'pos:\t0\nflags:\t0104002\nmnt_id:\t9\niff:\tvnet0\n');
  descriptor(900, 4, '/dev/net/tun', 'pos:\t0\niff:\tvnet0\n');
  descriptor(900, 5, '/dev/null', 'pos:\t0\niff:\tvnet7\n');
  descriptor(80, 9, '/dev/net/tun', 'pos:\t0\niff:\tvnet0\n');
  descriptor(80, 10, '/dev/net/tun', 'pos:\t0\niff:\tvnet1\n');
  descriptor(80, 11, '/dev/net/tun', 'pos:\t0\n');
  mkdirSync(join(proc, '7'));
  expect(Object.fromEntries(findTapHolders(proc))).toEqual({ vnet0: [80, 900], vnet1: [80] });
});
