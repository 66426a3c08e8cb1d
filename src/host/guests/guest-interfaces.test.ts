import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { GuestInterfaces } from './guest-interfaces.ts';

const sys = mkdtempSync(join(tmpdir(), 'weir-sys-'));
afterEach(() => rmSync(sys, { recursive: true, force: true }));

function add(name: string, index: number, files: Readonly<Record<string, string>> = {}): void {
  mkdirSync(join(sys, name), { recursive: true });
  for (const [file, text] of Object.entries({ ifindex: `${index}\n`, ...files }))
    writeFileSync(join(sys, name, file), text);
}

it('interfaces of guests are taps, and those that configuration names, as long as they are there', () => {
  add('eth0', 2);
  add('tun0', 3, { tun_flags: '0x1001\n' });
  add('vnet0', 4, { tun_flags: '0x5002\n' });
  add('veth9', 5);
  mkdirSync(join(sys, 'macvtap0', 'macvtap'), { recursive: true });
  add('macvtap0', 6);
  const configured = [
    { interface: 'veth9', name: 'web1' },
    { interface: 'macvtap0', name: 'db1' },
    { interface: 'absent0', name: 'none' },
  ];
  const interfaces = new GuestInterfaces(configured, sys);
  const found = () => interfaces.look().sort((a, b) => a.index - b.index);
  expect(found()).toEqual([
    { name: 'vnet0', index: 4, configured: null, isGuestsEnd: false },
    { name: 'veth9', index: 5, configured: 'web1', isGuestsEnd: false },
    { name: 'macvtap0', index: 6, configured: 'db1', isGuestsEnd: true },
  ]);
  rmSync(join(sys, 'vnet0'), { recursive: true });
  add('vnet1', 7, { tun_flags: '0x1002\n' });
  expect(found().map(({ name }) => name)).toEqual(['veth9', 'macvtap0', 'vnet1']);
});
