import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BpfObject, bootMs } from '../../system/index.ts';
import { PROGRAM_FILES, readPrograms } from '../backend/bpf-programs.ts';
import { attachEvent } from '../backend/kernel-events.ts';
import { UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { CgroupIds } from './cgroup-ids.ts';
import { ProcOwnerNames } from './owner-names.ts';
import { programRing } from './program-ring.testing.ts';
import { startedProcesses } from './started-processes.ts';
import { StartedPrograms } from './started-programs.ts';

describe('programs that processes began', () => {
  it('are the last of each process', () => {
    const programs = new StartedPrograms(
      programRing([7, '/usr/bin/env', 10], [8, './a.out', 10], [7, '/usr/bin/curl', 20]),
    );
    programs.follow();
    expect([7, 8, 9].map((pid) => programs.of(pid))).toEqual([
      { path: '/usr/bin/curl', atMs: 20 },
      { path: './a.out', atMs: 10 },
      null,
    ]);
  });

  it('are remembered of so many processes and no more', () => {
    const programs = new StartedPrograms(
      programRing(...Array.from({ length: 9_000 }, (_, i): [number, string] => [i + 1, '/bin/true'])),
    );
    programs.follow();
    expect([programs.of(1), programs.of(9_000)]).toEqual([null, { path: '/bin/true', atMs: 1_000 }]);
  });
});

const { started, notes } = startedProcesses();
afterAll(() => started.close());
describe.skipIf(notes.length > 0)(
  `processes that ended before anyone looked${notes.length > 0 ? ` (skipped: ${notes[0]})` : ''}`,
  () => {
    it('have their executable and who started them, also where that ended as well', () => {
      const script =
        'for i in 1 2 3 4 5 6 7 8 9 10; do sh -c "sh -c \'echo \\$\\$ \\$PPID; exec /bin/true\'; exit 0"; done; (exec 3</dev/null; echo $BASHPID)';
      const said = execFileSync('bash', ['-c', script]).toString().trim().split('\n');
      const names = new ProcOwnerNames({ started, cgroups: new CgroupIds(null) });
      names.follow();
      const of = (pid: number, comm: string) =>
        names.of({ pid, uid: UNKNOWN_UID, comm, cgroup: 0, source: 'connect', released: true, seenMs: bootMs() });
      const [last, ...pairs] = [said.at(-1)!, ...said.slice(0, -1)];
      expect(pairs).toHaveLength(10);
      for (const [pid, parent] of pairs.map((line) => line.split(' ').map(Number))) {
        expect(of(pid!, 'true')).toMatchObject({ process: 'true', executable: '/bin/true', parent: 'sh' });
        expect(basename(of(parent!, 'sh').executable)).toBe('sh');
      }
      // A copy of its parent, which began no program.
      expect(basename(of(Number(last), 'bash').executable)).toBe('bash');
      expect(of(Number(last), 'bash').parent).toBe('bash');
    });

    it('that begin while the ring is read wait for the next time: who begins many does not keep the reader', () => {
      const folder = mkdtempSync(join(tmpdir(), 'weir-programs-'));
      const program = join(folder, 'again');
      symlinkSync('/bin/true', program);
      const object = new BpfObject(readPrograms(PROGRAM_FILES[0]), { maps: new Map([['programs', null]]) });
      expect(attachEvent(object, 'on_program_start')).toBeNull();
      const records = object.ring('programs');
      const seen = () => {
        let count = 0;
        records.read((at, bytes) => {
          const path = Buffer.from(records.view.buffer, records.view.byteOffset + at + 12, bytes - 13).toString();
          if (path !== program || count === 10) return;
          count += 1;
          execFileSync(program);
        });
        return count;
      };
      execFileSync(program);
      expect([seen(), seen()]).toEqual([1, 1]);
      object.close();
      rmSync(folder, { recursive: true });
    });
  },
);
