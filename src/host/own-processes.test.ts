import { expect, it } from 'vitest';
import { ownProcesses } from './own-processes.ts';

it('traffic of Weir is left out by its pids, and of nobody who has them elsewhere', () => {
  const asked = { ownTraffic: false, ownPids: [7] };
  const own = { pids: new Set([7, process.pid]), note: null };
  expect(ownProcesses(asked, 'ebpf', true)).toEqual(own);
  expect(ownProcesses(asked, 'sock_diag', false)).toEqual(own);
  expect(ownProcesses(asked, 'ebpf', false)).toEqual({
    pids: new Set(),
    note: "in a PID namespace of its own: Weir's own traffic is metered as well",
  });
  expect(ownProcesses({ ...asked, ownTraffic: true }, 'ebpf', true)).toEqual({ pids: new Set(), note: null });
});
