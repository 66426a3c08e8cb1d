import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { nameGuest } from './guest-name.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-guests-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let child: ChildProcess | null = null;
afterEach(() => child?.kill('SIGKILL'));

/** A process of a program with this name. */
async function running(program: string): Promise<number> {
  const path = join(folder, program);
  copyFileSync('/bin/sleep', path);
  child = spawn(path, ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  return child.pid!;
}

const tap = { name: 'vnet0', index: 4, configured: null };
const nobody = () => new Map();

describe('a guest has its name', () => {
  it('from the configuration before all others', () => {
    expect(nameGuest({ ...tap, configured: 'web1' }, nobody)).toEqual({
      name: 'web1',
      by: 'configuration',
      notGuest: null,
    });
  });

  it('from the machine that has registered its interface', () => {
    writeFileSync(join(folder, 'qemu-7-db1'), 'NAME=qemu-7-db1\nCLASS=vm\nNETIF=40 4\n');
    writeFileSync(join(folder, 'other'), 'NAME=other\nCLASS=vm\nNETIF=44\n');
    const named = (index: number) => nameGuest({ ...tap, index }, nobody, folder);
    expect(named(4)).toEqual({ name: 'db1', by: 'machined', notGuest: null });
    expect(named(44).name).toBe('other');
    expect(named(5)).toEqual({ name: 'vnet0', by: 'interface', notGuest: null });
  });

  it('but behind a tap of a VPN is none', async () => {
    const pid = await running('openvpn');
    expect(nameGuest(tap, () => new Map([['vnet0', [pid]]]), `${folder}-none`)).toEqual({
      name: 'vnet0',
      by: 'interface',
      notGuest: 'openvpn',
    });
  });
});
