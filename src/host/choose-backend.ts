import { asWeirError } from '../base/index.ts';
import { withSockDiag } from './backend/diag-join.ts';
import { startEbpf } from './backend/ebpf-backend.ts';
import type { HostBackend, OwnerNames } from './backend/host-backend.ts';
import { startProc } from './backend/proc-backend.ts';
import { startSockDiag } from './backend/sock-diag-backend.ts';
import { ProcOwnerNames } from './names/owner-names.ts';
import { startedProcesses } from './names/started-processes.ts';

/** What there is to meter with. */
export interface OpenBackend {
  /** Null where this machine lets nothing be seen. */
  readonly backend: HostBackend | null;
  readonly names: OwnerNames;
  /** Why it is no better one, in words for people. */
  readonly notes: readonly string[];
}

export interface Level {
  readonly level: HostBackend['level'];
  readonly start: (serverNames: boolean) => HostBackend;
}

/** From the best to the least: the first that starts is the one. */
const LEVELS: readonly Level[] = [
  { level: 'ebpf', start: (names) => withSockDiag(startEbpf({ names })) },
  { level: 'sock_diag', start: startSockDiag },
  { level: 'proc', start: () => startProc() },
];

/** Starts the best backend that this machine and the rights of this process allow. A level that fails is never fatal: it is told why. */
export function chooseBackend(serverNames: boolean, levels: readonly Level[] = LEVELS): OpenBackend {
  const { started, notes: startedNotes } = startedProcesses();
  const names = new ProcOwnerNames({ started });
  const notes: string[] = [];
  for (const { level, start } of levels) {
    try {
      const backend = start(serverNames);
      return { backend, names, notes: [...notes, ...backend.notes, ...startedNotes] };
    } catch (error) {
      notes.push(`no ${level}: ${asWeirError(error).message}`);
    }
  }
  return { backend: null, names, notes };
}
