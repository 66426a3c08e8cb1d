import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KnownProcesses } from './known-processes.ts';
import { guestOfCommand } from './machine-name.ts';

/** Ms since the machine began. */
const NOW_MS = 2_000;

const proc = mkdtempSync(join(tmpdir(), 'weir-known-'));
afterAll(() => rmSync(proc, { recursive: true }));

function write(pid: number, command: string, executable: string): void {
  const folder = join(proc, String(pid));
  mkdirSync(folder);
  writeFileSync(join(folder, 'stat'), `${pid} (sh) S 1 ${pid} ${pid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0`);
  writeFileSync(join(folder, 'status'), 'Uid:\t0\t0\t0\t0\n');
  writeFileSync(join(folder, 'cmdline'), command);
  symlinkSync(executable, join(folder, 'exe'));
}

describe('what is remembered of a process', () => {
  it('is no more than names are made of, however long its command line is', () => {
    const processes = new KnownProcesses(proc, undefined, () => NOW_MS);
    const before = process.memoryUsage().heapUsed;
    // Names of scripts and arguments as long as Linux lets them be.
    const command = `/bin/sh\0${'s'.repeat(130_000)}\0${'an argument\0'.repeat(140_000)}`;
    for (let pid = 100; pid < 200; pid++) {
      write(pid, command, '/bin/sh');
      expect(processes.at(pid, NOW_MS)?.facts.command[1]).toBe('s'.repeat(254));
    }
    expect(JSON.stringify(processes.at(100, NOW_MS)).length).toBeLessThan(1_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50e6);
  });

  it('has of a long path the last part', () => {
    const processes = new KnownProcesses(proc, undefined, () => NOW_MS);
    write(7, `sh\0/${'d/'.repeat(500)}backup.sh\0`, `/${'d/'.repeat(1_000)}sh`);
    expect(processes.at(7, NOW_MS)?.facts).toMatchObject({ executable: 'sh', command: ['sh', 'backup.sh'] });
  });

  it.each([
    ['-device x '.repeat(300).concat('-name guest=web,debug-threads=on -uuid 7 -netdev tap -netdev user,id=n0'), 'web'],
    [`-nodefaults -name ${'ü'.repeat(1_000)} -net user`, 'ü'.repeat(127)],
    ['-m 512 -nodefaults -name web', ''],
    ['-netdev user,id=n0 '.repeat(400).concat('-uuid 7f'), '7f'],
  ])('says of a QEMU how its guest is called', (options, guest) => {
    const pid = 1_000 + options.length;
    write(pid, `qemu-kvm\0${options.replaceAll(' ', '\0')}\0`, '/usr/libexec/qemu-kvm');
    const { command } = new KnownProcesses(proc, undefined, () => NOW_MS).at(pid, NOW_MS)!.facts;
    expect(guestOfCommand(command)).toBe(guest);
    expect(command.length).toBeLessThan(9);
  });
});
