import { callError, type Kernel, kernelAccess, words } from './kernel.ts';

/** Numbers of capabilities (include/uapi/linux/capability.h). */
export const CAPABILITY = { dacReadSearch: 2, netRaw: 13, sysPtrace: 19, bpf: 39 } as const;

const PR_SET_KEEPCAPS = 8;
const PR_SET_NO_NEW_PRIVS = 38;
/** _LINUX_CAPABILITY_VERSION_3: two words each of effective, permitted and inheritable ones. */
const VERSION_3 = 0x2008_0522;
const NOBODY = 65_534;

/**
 * Gives up all rights of this process but these capabilities, for ever; one that runs as root becomes nobody. Returns why not, null where it was done. Capabilities
 * are those of the calling thread: the others of a process that was root lose all of them, of one that was not they keep theirs.
 */
export function dropPrivileges(keep: readonly number[]): string | null {
  const { kernel } = kernelAccess();
  if (kernel === null) return 'no calls into the kernel on this machine';
  if (kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return refused('prctl', kernel);
  if (process.getuid!() === 0) {
    if (kernel.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return refused('prctl', kernel);
    try {
      process.setgroups!([]);
      process.setgid!(NOBODY);
      process.setuid!(NOBODY);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return limitCapabilities(kernel, keep);
}

function limitCapabilities(kernel: Kernel, keep: readonly number[]): string | null {
  const header = words(2);
  header[0] = VERSION_3;
  const sets = words(6);
  if (kernel.capget(header, sets) < 0) return refused('capget', kernel);
  for (const word of [0, 1]) {
    const wanted = keep.filter((n) => n >>> 5 === word).reduce((mask, n) => mask | (1 << (n & 31)), 0);
    const permitted = sets[3 * word + 1]! & wanted;
    sets[3 * word] = permitted;
    sets[3 * word + 1] = permitted;
    sets[3 * word + 2] = 0;
  }
  return kernel.capset(header, sets) < 0 ? refused('capset', kernel) : null;
}

function refused(call: string, kernel: Kernel): string {
  return callError(kernel, call).message;
}
