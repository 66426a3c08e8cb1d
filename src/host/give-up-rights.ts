import { release } from 'node:os';
import { CAPABILITY, dropPrivileges } from '../system/index.ts';

/** Before it, every bpf(2) took CAP_BPF, reading a map among them, where unprivileged BPF is off. */
const FREE_READ = [5, 19] as const;

/**
 * Once programs are loaded and sockets are open, what is left is to read: maps, through their descriptors, and /proc of other users. Returns a note for people
 * where more rights are left than that. `packets`: interfaces are captured, also such as come later.
 */
export function giveUpRights(packets: boolean): string | null {
  const keep = [CAPABILITY.dacReadSearch, CAPABILITY.sysPtrace, ...(packets ? [CAPABILITY.netRaw] : [])];
  const why = dropPrivileges(readsFreely(release()) ? keep : [...keep, CAPABILITY.bpf]);
  return why && `the meter keeps rights that it does not need: ${why}`;
}

function readsFreely(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  return major > FREE_READ[0] || (major === FREE_READ[0] && minor >= FREE_READ[1]);
}
