import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import { bootMs, UserNames } from '../../system/index.ts';
import type { SocketOwner } from '../backend/host-backend.ts';
import { UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { CgroupIds } from './cgroup-ids.ts';
import { ProcOwnerNames } from './owner-names.ts';
import { programRing } from './program-ring.testing.ts';
import { StartedProcesses } from './started-processes.ts';
import { StartedPrograms } from './started-programs.ts';

/** Ms since the machine began, at which processes of ours have their sockets unless it is told. */
const THEN_MS = 10_000;

const owner = (pid: number, over: Partial<SocketOwner> = {}): SocketOwner => ({
  pid,
  uid: UNKNOWN_UID,
  comm: 'thread',
  cgroup: 0,
  source: 'connect',
  released: false,
  seenMs: THEN_MS,
  ...over,
});

const children: ChildProcess[] = [];
const made: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});
function directory(): string {
  made.push(mkdtempSync(join(tmpdir(), 'weir-proc-')));
  return made.at(-1)!;
}

interface Made {
  pid: number;
  comm: string;
  parent?: number;
  session?: number;
  start?: number;
  executable?: string;
  command?: string[];
  uid?: number;
  cgroup?: string;
}

/** A process of a procfs of ours, with what is read of it. */
function write(
  proc: string,
  { pid, comm, parent = 1, session = pid, start = 100, command = [], uid = 0, cgroup = '/' }: Made,
): void {
  mkdirSync(join(proc, String(pid)), { recursive: true });
  const file = (name: string, content: string) => writeFileSync(join(proc, String(pid), name), content);
  file('stat', `${pid} (${comm}) S ${parent} ${session} ${session} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${start} 0 0`);
  file('status', `Name:\t${comm}\nUid:\t0\t${uid}\t0\t0\n`);
  file('cmdline', command.map((word) => `${word}\0`).join(''));
  file('cgroup', `0::${cgroup}\n`);
}

function namesOver(proc: string, clock = new ManualClock(1_000_000)): ProcOwnerNames {
  const passwd = join(proc, 'passwd');
  writeFileSync(passwd, 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n');
  return new ProcOwnerNames({
    proc,
    users: new UserNames(passwd, () => clock.now()),
    cgroups: new CgroupIds(null),
    bootMs: () => clock.now() - 990_000,
  });
}

describe('names of the owner of a socket, on this machine', () => {
  it('are those of the process, whatever its thread is called', () => {
    const names = new ProcOwnerNames().of(owner(process.pid, { comm: 'libuv-worker', seenMs: bootMs() }));
    expect(names).toMatchObject({
      process: basename(process.execPath),
      executable: process.execPath,
      container: '',
      vm: '',
    });
    expect(names.user).not.toBe('');
    expect(names.parent).not.toBe('');
    expect(names.app).not.toBe('');
  });

  it('are those of the program that a process has become, and stay when it has ended', async () => {
    const child = spawn('sh', ['-c', 'sleep 0.1; exec sleep 60'], { stdio: 'ignore' });
    children.push(child);
    const names = new ProcOwnerNames();
    const seenMs = bootMs();
    expect(names.of(owner(child.pid!, { comm: 'sh', seenMs })).process).toBe('sh');
    await vi.waitFor(() => expect(names.of(owner(child.pid!, { comm: 'sh', seenMs })).process).toBe('sleep'), {
      timeout: 5_000,
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const later = await new Promise((done) =>
      setTimeout(() => done(names.of(owner(child.pid!, { comm: 'sh', seenMs }))), 1_100),
    );
    expect(later).toMatchObject({ process: 'sleep', parent: basename(process.execPath) });
  });
});

describe('names of the owner of a socket', () => {
  it('say of a process that nobody saw what the kernel said: its thread, its user', () => {
    const names = namesOver(directory());
    const nothing = { executable: '', parent: '', container: '', vm: '' };
    expect(names.of(owner(77, { comm: 'curl', uid: 1000 }))).toEqual({
      ...nothing,
      process: 'curl',
      app: 'curl',
      user: 'ann',
    });
    expect(names.of(owner(77, { comm: 'curl', uid: 1234 })).user).toBe('uid 1234');
    expect(names.of(owner(77, { comm: 'curl' })).user).toBe('');
  });

  it('find the unit of a process that nobody saw by the number of its cgroup', () => {
    const proc = directory();
    mkdirSync(join(proc, 'system.slice/web.service'), { recursive: true });
    const names = new ProcOwnerNames({ proc, cgroups: new CgroupIds(proc) });
    const cgroup = statSync(join(proc, 'system.slice/web.service')).ino;
    expect(names.of(owner(77, { comm: 'worker', cgroup })).app).toBe('web');
  });

  it('do not give a process that has the pid now what an earlier one did', () => {
    const proc = directory();
    const clock = new ManualClock(1_000_000);
    const names = namesOver(proc, clock);
    const curl = owner(77, { comm: 'curl', uid: 1000 });
    write(proc, { pid: 77, comm: 'curl', uid: 1000 });
    expect(names.of(curl)).toMatchObject({ process: 'curl', user: 'ann' });
    rmSync(join(proc, '77'), { recursive: true });
    write(proc, { pid: 77, comm: 'sshd', uid: 0, start: 1_200 });
    clock.advance(5_000);
    expect(names.of({ ...curl, released: true })).toMatchObject({ process: 'curl', user: 'ann', executable: '' });
    expect(names.of(owner(77, { comm: 'sshd', uid: 0, seenMs: 15_000 }))).toMatchObject({
      process: 'sshd',
      user: 'root',
    });
    // One that nobody saw, of the same user.
    expect(names.of(owner(77, { comm: 'wget', uid: 0, seenMs: 11_000 })).process).toBe('wget');
  });

  it('name what the kernel has cut from the path or the command line', () => {
    const proc = directory();
    write(proc, { pid: 5, comm: 'prometheus-node', command: ['/usr/bin/prometheus-node-exporter', '--web'] });
    write(proc, { pid: 6, comm: 'a-script-with-a', command: ['/bin/sh', '/opt/a-script-with-a-long-name.sh'] });
    write(proc, { pid: 7, comm: 'has (a) bracket' });
    const names = namesOver(proc);
    expect(names.of(owner(5)).process).toBe('prometheus-node-exporter');
    expect(names.of(owner(6)).process).toBe('a-script-with-a-long-name.sh');
    expect(names.of(owner(7)).process).toBe('has (a) bracket');
  });
});

describe('a process that nobody saw, and whose start was announced', () => {
  const told = (forks: [pid: number, parent: number][], processes: Made[], programs?: StartedPrograms) => {
    const proc = directory();
    for (const one of processes) write(proc, one);
    const counts = { overruns: 0, malformed: 0, interrupted: 0 };
    const source = {
      counts,
      drain: (each: (pid: number, parent: number, atMs: number) => void) => {
        for (const [pid, parent] of forks) each(pid, parent, THEN_MS);
      },
      close: () => {},
    };
    const started = new StartedProcesses(source, programs);
    const names = new ProcOwnerNames({ proc, cgroups: new CgroupIds(null), started });
    names.follow();
    return (pid: number, comm: string) => names.of(owner(pid, { comm, uid: 0 }));
  };

  it('has the parent that started it, and belongs to what that belongs to', () => {
    const of = told(
      [
        [30, 20],
        [41, 40],
        [40, 20],
      ],
      [
        { pid: 10, comm: 'bash', session: 10 },
        { pid: 20, comm: 'make', parent: 10, session: 10 },
      ],
    );
    expect(of(30, 'curl')).toMatchObject({ process: 'curl', parent: 'make', app: 'make' });
    // Its parent is gone as well.
    expect(of(41, 'git-remote-http')).toMatchObject({ process: 'git-remote-http', parent: '', app: 'make' });
    expect(of(50, 'wget')).toMatchObject({ process: 'wget', parent: '', app: 'wget' });
  });

  it('is in the container and the unit of its parent', () => {
    const of = told([[30, 20]], [{ pid: 20, comm: 'sh', cgroup: '/system.slice/backup.service' }]);
    expect(of(30, 'curl').app).toBe('backup');
  });

  it('belongs to the script that it was started from, be that over as well', () => {
    const programs = new StartedPrograms(
      programRing([31, '/opt/report.sh', THEN_MS], [32, '/usr/bin/curl', THEN_MS], [34, '/usr/bin/wget', THEN_MS]),
    );
    const of = told(
      [
        [31, 10],
        [32, 31],
        // A subshell of the script.
        [33, 31],
        [34, 33],
      ],
      [{ pid: 10, comm: 'bash', session: 10, command: ['-bash'] }],
      programs,
    );
    expect(of(32, 'curl')).toMatchObject({ executable: '/usr/bin/curl', parent: 'report.sh', app: 'report.sh' });
    expect(of(34, 'wget')).toMatchObject({ executable: '/usr/bin/wget', parent: 'report.sh', app: 'report.sh' });
    expect(of(33, 'report.sh')).toMatchObject({ executable: '/opt/report.sh', parent: 'report.sh', app: 'report.sh' });
  });

  it('ends with announcements that lead back to themselves', () => {
    const of = told(
      [
        [30, 31],
        [31, 30],
      ],
      [],
    );
    expect(of(30, 'curl').app).toBe('curl');
  });
});

describe('the app of a process', () => {
  const tree = (processes: Made[]) => {
    const proc = directory();
    for (const one of processes) write(proc, one);
    const names = namesOver(proc);
    return (pid: number) => names.of(owner(pid)).app;
  };

  it('is its unit', () => {
    const app = tree([{ pid: 20, comm: 'worker', cgroup: '/system.slice/web.service' }]);
    expect(app(20)).toBe('web');
  });

  it('is the leader of its session', () => {
    const app = tree([
      { pid: 20, comm: 'firefox', session: 20 },
      { pid: 21, comm: 'Socket Process', parent: 20, session: 20 },
    ]);
    expect(app(21)).toBe('firefox');
  });

  it('is the command that was started from the shell of its session', () => {
    const app = tree([
      { pid: 10, comm: 'sshd' },
      { pid: 20, comm: 'bash', parent: 10, session: 20 },
      { pid: 21, comm: 'make', parent: 20, session: 20 },
      { pid: 22, comm: 'sh', parent: 21, session: 20 },
      { pid: 23, comm: 'curl', parent: 22, session: 20 },
      { pid: 24, comm: 'wget', parent: 20, session: 20 },
    ]);
    expect([app(23), app(22), app(24), app(20)]).toEqual(['make', 'make', 'wget', 'bash']);
  });

  it('is the script that a shell runs, and never a shell in between', () => {
    const app = tree([
      { pid: 20, comm: 'bash', parent: 10, session: 20, command: ['-bash'] },
      { pid: 21, comm: 'bash', parent: 20, session: 20, command: ['bash', '/opt/backup.sh', '--all'] },
      { pid: 22, comm: 'curl', parent: 21, session: 20 },
      { pid: 23, comm: 'bash', parent: 20, session: 20, command: ['bash', '-c', 'curl x; true'] },
      { pid: 24, comm: 'curl', parent: 23, session: 20 },
      { pid: 30, comm: 'sh', session: 30, command: ['sh', '/etc/cron.daily/update'] },
      { pid: 31, comm: 'wget', parent: 30, session: 30 },
    ]);
    expect([app(22), app(24), app(23), app(31)]).toEqual(['backup.sh', 'curl', 'bash', 'update']);
  });

  it('is the topmost process below init, or below the manager of a user, where the session has no leader', () => {
    const app = tree([
      { pid: 2, comm: 'systemd', session: 2 },
      { pid: 10, comm: 'master', session: 9 },
      { pid: 11, comm: 'worker', parent: 10, session: 9 },
      { pid: 12, comm: 'tracker', parent: 2, session: 9 },
    ]);
    expect([app(11), app(12)]).toEqual(['master', 'tracker']);
  });

  it('ends with a tree that leads back to itself', () => {
    const app = tree([
      { pid: 10, comm: 'one', parent: 11, session: 9 },
      { pid: 11, comm: 'two', parent: 10, session: 9 },
    ]);
    expect(['one', 'two']).toContain(app(10));
  });
});
