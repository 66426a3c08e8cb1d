import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bootMs } from '../../system/index.ts';
import { DiagOwners } from './diag-owners.ts';
import { TimeShare } from './time-share.ts';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

/** A procfs of ours: processes with the inodes of their sockets. */
function procWith(processes: Record<number, number[]>): string {
  const proc = mkdtempSync(join(tmpdir(), 'weir-proc-'));
  made.push(proc);
  for (const [pid, inodes] of Object.entries(processes)) {
    mkdirSync(join(proc, pid, 'fd'), { recursive: true });
    writeFileSync(join(proc, pid, 'stat'), `${pid} (p${pid}) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0`);
    writeFileSync(join(proc, pid, 'status'), 'Uid:\t0\t0\t0\t0\n');
    for (const inode of inodes) symlinkSync(`socket:[${inode}]`, join(proc, pid, 'fd', String(inode)));
  }
  return proc;
}

const socket = (cookie: number, inode: number) => ({ cookie, inode, uid: 1000, cgroup: 9 });

describe('owners of sockets that exist', () => {
  it('are the processes that hold them: of several the first, and init last', () => {
    const owners = new DiagOwners(procWith({ 1: [10, 11], 20: [11, 12], 30: [12] }));
    for (const inode of [10, 11, 12]) owners.want(socket(inode + 100, inode));
    owners.resolve(0);
    expect([110, 111, 112].map((cookie) => owners.get(cookie)?.pid)).toEqual([1, 20, 20]);
    expect(owners.get(112)).toEqual({
      pid: 20,
      uid: 1000,
      comm: 'p20',
      cgroup: 9,
      source: 'diag',
      released: false,
      seenMs: expect.closeTo(bootMs(), -4),
    });
    expect(owners.notes).toEqual([]);
  });

  it('have a user and no process where nobody is found', () => {
    const owners = new DiagOwners(procWith({ 20: [11] }));
    owners.want(socket(1, 99));
    owners.resolve(0);
    expect(owners.get(1)).toMatchObject({ pid: 0, uid: 1000, source: 'none' });
  });

  it('are looked for at each sweep while little of the time went into it; then only where they are likely to be', () => {
    const proc = procWith({ 20: [11], 30: [] });
    const share = new TimeShare(0.02, 50);
    const owners = new DiagOwners(proc, share);
    const found = (pid: number, inode: number, nowMs: number) => {
      mkdirSync(join(proc, `${pid}/fd`), { recursive: true });
      symlinkSync(`socket:[${inode}]`, join(proc, `${pid}/fd/${inode}`));
      owners.want(socket(inode, inode));
      owners.resolve(nowMs);
      return owners.get(inode)?.pid;
    };
    expect([found(20, 12, 1_000), found(20, 13, 1_000)]).toEqual([20, 20]);
    const before = process.cpuUsage();
    // Of the processor's time: others have it too.
    share.spend(() => {
      for (const end = performance.now() + 200; performance.now() < end || process.cpuUsage(before).user < 200_000; );
    });
    // One that had a socket, one that is new, and one that was there all along and has its first.
    expect([found(20, 14, 1_001), found(40, 15, 1_002), found(30, 16, 1_003)]).toEqual([20, 40, undefined]);
    owners.resolve(1_000_000);
    expect(owners.get(16)?.pid).toBe(30);
  });

  it('are looked for once more where nobody was found, and then no more', () => {
    const proc = procWith({ 20: [] });
    const owners = new DiagOwners(proc);
    for (const inode of [11, 12]) owners.want(socket(inode, inode));
    owners.resolve(1_000);
    symlinkSync('socket:[11]', join(proc, '20/fd/11'));
    owners.resolve(2_000);
    symlinkSync('socket:[12]', join(proc, '20/fd/12'));
    owners.resolve(3_000);
    expect([11, 12].map((cookie) => owners.get(cookie)?.pid)).toEqual([20, 0]);
  });

  it('are not opened again by a look that comes after they were closed', () => {
    const owners = new DiagOwners(procWith({ 20: [11] }));
    owners.want(socket(1, 11));
    owners.release(1, { pid: 0, uid: 0, comm: '', cgroup: 0, source: 'none', released: false, seenMs: 0 });
    owners.resolve(0);
    expect(owners.get(1)).toMatchObject({ uid: 1000, released: true });
  });

  it('go on after their socket was closed, until they are forgotten', () => {
    const owners = new DiagOwners(procWith({ 20: [11] }));
    owners.want(socket(1, 11));
    owners.resolve(0);
    owners.release(1, { pid: 0, uid: 0, comm: '', cgroup: 0, source: 'none', released: false, seenMs: 0 });
    expect(owners.get(1)).toMatchObject({ pid: 20, released: true });
    owners.forget(1);
    expect(owners.get(1)).toBeNull();
  });

  it.skipIf(process.getuid?.() !== 0)('are not all found without rights, which is said', () => {
    process.seteuid!(65_534);
    try {
      const owners = new DiagOwners();
      owners.want(socket(1, 4_000_000_000));
      owners.resolve(0);
      expect(owners.notes.join()).toContain('CAP_SYS_PTRACE');
    } finally {
      process.seteuid!(0);
    }
  });
});
