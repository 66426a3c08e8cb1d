import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserNames } from '../../system/index.ts';
import { UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { CgroupIds } from './cgroup-ids.ts';
import { KnownProcesses } from './known-processes.ts';
import { ProcOwnerNames } from './owner-names.ts';
import { ProcessTree } from './process-tree.ts';
import { StartedProcesses } from './started-processes.ts';

let proc: string;
let nowMs: number;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'weir-known-'));
  nowMs = 1_000;
});
afterEach(() => rmSync(proc, { recursive: true }));

const now = () => nowMs;

/** A process that begins now. */
function begin(pid: number, comm: string): void {
  mkdirSync(join(proc, String(pid)), { recursive: true });
  const stat = `${pid} (${comm}) S 1 9 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${nowMs / 10} 0 0`;
  writeFileSync(join(proc, String(pid), 'stat'), stat);
  writeFileSync(join(proc, String(pid), 'status'), 'Uid:\t0\t0\t0\t0\n');
}

function end(pid: number): void {
  rmSync(join(proc, String(pid)), { recursive: true });
}

/** Announcements that a test makes. */
function announcements() {
  const counts = { overruns: 0, malformed: 0, interrupted: 0 };
  const forks: number[] = [];
  const source = {
    counts,
    drain: (each: (pid: number, parent: number, atMs: number) => void) => {
      for (const pid of forks.splice(0)) each(pid, 1, nowMs);
    },
    close: () => {},
  };
  return { counts, forks, started: new StartedProcesses(source, undefined, now) };
}

describe('the process that had a pid', () => {
  it('is the one that was there then: neither one that began later, nor one that was seen before', () => {
    const processes = new KnownProcesses(proc, undefined, now);
    const comm = (whenMs: number) => processes.at(7, whenMs)?.facts.comm ?? null;
    begin(7, 'first');
    nowMs = 2_000;
    expect([comm(900), comm(1_500), comm(2_000)]).toEqual([null, 'first', 'first']);
    end(7);
    nowMs = 9_000;
    expect([comm(1_500), comm(5_000), comm(9_000)]).toEqual(['first', null, null]);
    begin(7, 'second');
    nowMs = 9_500;
    expect([comm(5_000), comm(9_200)]).toEqual([null, 'second']);
    end(7);
    nowMs = 20_000;
    begin(7, 'third');
    nowMs = 20_100;
    // Noted while the second was there, and asked for when the third is.
    expect([comm(9_300), comm(15_000), comm(20_050)]).toEqual(['second', null, 'third']);
  });

  it('is known after it was seen as well where no other was announced, until announcements are lost', () => {
    const { counts, forks, started } = announcements();
    const processes = new KnownProcesses(proc, started, now);
    const comm = (whenMs: number) => processes.at(7, whenMs)?.facts.comm ?? null;
    begin(7, 'first');
    processes.follow();
    expect(comm(1_000)).toBe('first');
    end(7);
    nowMs = 8_000;
    processes.follow();
    expect(processes.at(7, 5_000, 'first')?.facts.comm).toBe('first');
    // Whose start was lost.
    expect(processes.at(7, 5_000, 'second')).toBeNull();
    nowMs = 8_500;
    expect([comm(5_000), comm(8_001)]).toEqual(['first', null]);
    forks.push(7);
    processes.follow();
    expect([comm(8_001), comm(8_500)]).toEqual(['first', null]);
    counts.overruns += 1;
    processes.follow();
    expect([comm(1_000), comm(5_000)]).toEqual(['first', null]);
  });

  it('is the leader of the session also of a process that began in this very moment', () => {
    begin(9, 'leader');
    nowMs = 3_000;
    begin(7, 'worker');
    nowMs = 3_001;
    const tree = new ProcessTree(new KnownProcesses(proc, undefined, now), new StartedProcesses(null));
    expect(tree.leaderOf(tree.at(7, 3_000)!)?.comm).toBe('leader');
  });

  it('may be missing where announcements were lost, which is said', () => {
    const { counts, started } = announcements();
    const names = new ProcOwnerNames({ proc, started, cgroups: new CgroupIds(null), bootMs: now });
    names.follow();
    expect(names.notes).toEqual([]);
    counts.overruns += 2;
    names.follow();
    expect(names.notes[0]).toMatch(/^announcements of processes came faster than they were read, 2 times/);
  });

  it.each([
    ['with announcements', true],
    ['without them', false],
  ])('is never another one when 2,000 pids come round, %s', (_, told) => {
    const { forks, started } = announcements();
    const names = new ProcOwnerNames({
      proc,
      started: told ? started : new StartedProcesses(null),
      users: new UserNames('/dev/null'),
      cgroups: new CgroupIds(null),
      bootMs: now,
    });
    const of = (pid: number, comm: string) =>
      names.of({ pid, uid: UNKNOWN_UID, comm, cgroup: 0, source: 'create', released: true, seenMs: nowMs });
    const pids = Array.from({ length: 2_000 }, (_, i) => i + 2);
    for (const pid of pids) begin(pid, 'bash');
    expect(new Set(pids.map((pid) => of(pid, 'bash').process))).toEqual(new Set(['bash']));
    for (const pid of pids) end(pid);
    nowMs += 1_200_000;
    // Each ends before anyone looks.
    if (told) forks.push(...pids);
    names.follow();
    const said = pids.map((pid) => of(pid, 'python3'));
    expect(new Set(said.map(({ process, app, parent }) => `${process} ${app} ${parent}`))).toEqual(
      new Set(['python3 python3 ']),
    );
  });
});
