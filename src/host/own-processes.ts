import type { HostMeterOptions } from '../ingest/index.ts';
import { inFirstPidNamespace } from '../system/index.ts';
import type { HostBackend } from './backend/host-backend.ts';

/** Whose traffic is not metered, and why that of Weir is where it should not be: in words for people, null where all is as asked. */
export interface OwnProcesses {
  readonly pids: ReadonlySet<number>;
  readonly note: string | null;
}

/**
 * The processes of Weir by their pid as the backend has it. Programs in the kernel have pids of the first namespace: in another one our numbers are those of
 * somebody else, whose traffic must not be left out for ours.
 */
export function ownProcesses(
  { ownTraffic, ownPids }: Pick<HostMeterOptions, 'ownTraffic' | 'ownPids'>,
  level: HostBackend['level'] | undefined,
  sameNumbers = inFirstPidNamespace(),
): OwnProcesses {
  if (ownTraffic) return { pids: new Set(), note: null };
  if (level === 'ebpf' && !sameNumbers)
    return { pids: new Set(), note: "in a PID namespace of its own: Weir's own traffic is metered as well" };
  return { pids: new Set([...ownPids, process.pid]), note: null };
}
