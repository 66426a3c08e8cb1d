import { callError, type Kernel, kernelAccess, words } from './kernel.ts';
import { spareUser, usersOf } from './process/spare-user.ts';

/** Numbers of capabilities (include/uapi/linux/capability.h). */
export const CAPABILITY = { dacReadSearch: 2, netRaw: 13, sysPtrace: 19, bpf: 39 } as const;

const PR_SET_KEEPCAPS = 8;
const PR_SET_NO_NEW_PRIVS = 38;
/** _LINUX_CAPABILITY_VERSION_3: two words each of effective, permitted and inheritable ones. */
const VERSION_3 = 0x2008_0522;

/**
 * Gives up all rights of this process but these capabilities, for ever; one that runs as root becomes a user whom nobody else is, so that no other process may end or
 * stop it. Returns why not, null where it was done. Capabilities are those of the calling thread: the others of a process that was root lose all of them, of one
 * that was not they keep theirs.
 */
export function dropPrivileges(keep: readonly number[]): string | null {
  const { kernel } = kernelAccess();
  if (kernel === null) return 'no calls into the kernel on this machine';
  if (kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return refused('prctl', kernel);
  if (process.getuid!() === 0) {
    if (kernel.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return refused('prctl', kernel);
    const why = becomeSpareUser(kernel);
    if (why !== null) return why;
  }
  return limitCapabilities(kernel, keep);
}

function becomeSpareUser(kernel: Kernel): string | null {
  try {
    const user = spareUser();
    if (user === null) return 'no number of a user is left that nobody else has';
    process.setgroups!([]);
    process.setgid!(user);
    // kill(2): the saved user of a process is who may end it. Its parent must be able to.
    const parent = usersOf(process.ppid)?.real || user;
    return kernel.setresuid(user, user, parent) < 0 ? refused('setresuid', kernel) : null;
  } catch (error) {
    return (error as Error).message;
  }
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
