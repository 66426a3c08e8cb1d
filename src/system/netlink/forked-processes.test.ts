import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { type ForkedProcesses, openForkedProcesses } from './forked-processes.ts';

function refusal(): string | null {
  try {
    openForkedProcesses().close();
    return null;
  } catch (error) {
    return String(error);
  }
}
const refused = refusal();

let forked: ForkedProcesses | undefined;
afterEach(() => forked?.close());

describe.skipIf(refused !== null)(`processes that are started${refused ? ` (skipped: ${refused})` : ''}`, () => {
  it('are told with their parent, when both have ended', () => {
    forked = openForkedProcesses();
    const script = 'echo $$; for i in 1 2 3 4 5; do bash -c "echo \\$\\$ \\$PPID; true"; done';
    const [shell, ...children] = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
    const parents = new Map<number, number>();
    forked.drain((pid, parent) => parents.set(pid, parent));
    expect(parents.get(Number(shell))).toBe(process.pid);
    expect(children).toHaveLength(5);
    for (const child of children) {
      const [pid, parent] = child.split(' ').map(Number);
      expect(parent).toBe(Number(shell));
      expect(parents.get(pid!)).toBe(parent);
    }
  });
});
