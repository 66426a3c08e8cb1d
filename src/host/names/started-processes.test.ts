import { describe, expect, it } from 'vitest';
import { programRing } from './program-ring.testing.ts';
import { StartedProcesses } from './started-processes.ts';
import { StartedPrograms } from './started-programs.ts';

function started(forks: [pid: number, parent: number, atMs: number][] | null, begun: [number, string, number][]) {
  const counts = { overruns: 0, malformed: 0, interrupted: 0 };
  const drain = (each: (pid: number, parent: number, atMs: number) => void) => {
    for (const [pid, parent, atMs] of forks?.splice(0) ?? []) each(pid, parent, atMs);
  };
  const source = forks && { counts, drain, close: () => {} };
  const processes = new StartedProcesses(source, new StartedPrograms(programRing(...begun)), () => 90_000);
  processes.follow();
  return { processes, counts };
}

describe('what is announced of a process', () => {
  it('is its own, and not that of one that has its number before it or after it', () => {
    const { processes } = started([[7, 5, 30_000]], [[7, '/bin/late', 30_001]]);
    expect(processes.startOf(7, 29_999)).toBeNull();
    expect(processes.startOf(7, 30_500)).toEqual({ parent: 5, atMs: 30_000 });
    expect([processes.programOf(7, 29_999), processes.programOf(7, 30_500)]).toEqual(['', '/bin/late']);
    // It has begun none since it was started.
    const { processes: before } = started([[7, 5, 30_000]], [[7, '/bin/early', 20_000]]);
    expect(before.programOf(7, 30_500)).toBe('');
  });

  it('is a program of a moment ago where starts are not announced', () => {
    const { processes } = started(null, [[7, '/bin/one', 30_000]]);
    expect([29_999, 30_500, 60_000].map((at) => processes.programOf(7, at))).toEqual(['', '/bin/one', '']);
  });

  it('is forgotten when announcements were lost', () => {
    const forks: [number, number, number][] = [[7, 5, 30_000]];
    const { processes, counts } = started(forks, []);
    expect(processes.startOf(7, 30_500)).not.toBeNull();
    counts.overruns += 1;
    processes.follow();
    expect(processes.startOf(7, 30_500)).toBeNull();
    expect(processes.blindMs).toBe(90_000);
  });
});
