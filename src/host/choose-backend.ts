import { asWeirError } from '../base/index.ts';
import { startEbpf } from './ebpf-backend.ts';
import type { HostBackend, OwnerNames } from './host-backend.ts';
import { ProcOwnerNames } from './owner-names.ts';

/** What there is to meter with. */
export interface OpenBackend {
  /** Null where this machine lets nothing be seen. */
  readonly backend: HostBackend | null;
  readonly names: OwnerNames;
  /** Why it is no better one, in words for people. */
  readonly notes: readonly string[];
}

/** From the best to the least: the first that starts is the one. */
const LEVELS: readonly { readonly level: string; readonly start: () => HostBackend }[] = [
  { level: 'ebpf', start: () => startEbpf() },
];

/** Starts the best backend that this machine and the rights of this process allow. A level that fails is never fatal: it is told why. */
export function chooseBackend(): OpenBackend {
  const names = new ProcOwnerNames();
  const notes: string[] = [];
  for (const { level, start } of LEVELS) {
    try {
      const backend = start();
      return { backend, names, notes: [...notes, ...backend.notes] };
    } catch (error) {
      notes.push(`no ${level}: ${asWeirError(error).message}`);
    }
  }
  return { backend: null, names, notes };
}
