import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { guestOfCommand, isQemu, machineOfUnit } from './machine-name.ts';

describe('the guest of a QEMU', () => {
  it.each([
    ['-name web -netdev user,id=n0', 'web'],
    ['-name guest=web,debug-threads=on -nic user,hostfwd=tcp::2222-:22', 'web'],
    ['-name debug-threads=on,guest=a,,b -net user', 'a,b'],
    ['--name web', 'web'],
    ['-uuid 7f -m 512', '7f'],
    ['-m 512', 'qemu-system-x86_64'],
    ['-name web -netdev tap,id=n0', ''],
    ['-name web -nodefaults', ''],
    ['-name web -nic none', ''],
  ])('%s: %s', (options, guest) => {
    expect(guestOfCommand(['/usr/bin/qemu-system-x86_64', ...options.split(' ')])).toBe(guest);
  });

  it('is known by its program', () => {
    expect(isQemu('/usr/bin/qemu-system-aarch64', [])).toBe(true);
    expect(isQemu('/usr/libexec/qemu-kvm', [])).toBe(true);
    expect(isQemu('', ['qemu-system-x86_64'])).toBe(true);
    expect(isQemu('/usr/bin/qemu-img', ['qemu-img', 'create'])).toBe(false);
    expect(isQemu('', [])).toBe(false);
  });
});

describe('the machine of a unit', () => {
  const made: string[] = [];
  afterEach(() => {
    for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
  });

  it('is what systemd-machined has registered', () => {
    const machines = mkdtempSync(join(tmpdir(), 'weir-machines-'));
    made.push(machines);
    writeFileSync(join(machines, 'web'), '# generated\nNAME=web\nSCOPE=anything.scope\nCLASS=vm\nLEADER=77\n');
    symlinkSync('web', join(machines, 'unit:anything.scope'));
    expect(machineOfUnit('anything.scope', machines)).toEqual({ kind: 'vm', name: 'web' });
    expect(machineOfUnit('other.scope', machines)).toBeNull();
  });

  it('is else what the name of the unit says', () => {
    expect(machineOfUnit('machine-lxc\\x2d4711\\x2dmail.scope')).toEqual({ kind: 'container', name: 'mail' });
    expect(machineOfUnit('machine-build.scope')).toEqual({ kind: 'container', name: 'build' });
    expect(machineOfUnit('nginx.service')).toBeNull();
  });
});
