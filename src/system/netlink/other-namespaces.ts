import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { asWeirError } from '../../base/index.ts';
import { callError, type Kernel, needKernel } from '../kernel.ts';
import { procLink } from '../proc-file.ts';

/** setns(2) */
const CLONE_NEWNET = 0x4000_0000;
/** More namespaces are not looked at. */
const MOST = 256;

/**
 * Calls `look` once in each network namespace that a process is in, but this one: what it opens there stays there. Only the calling thread goes, and it is back afterwards. Returns why some could not be
 * entered, null where all were: it needs CAP_SYS_ADMIN.
 */
export function lookIntoNamespaces(look: () => void, kernel: Kernel = needKernel()): string | null {
  const own = openNamespace('/proc/thread-self/ns/net');
  let why: string | null = null;
  try {
    for (const path of otherNamespaces().values()) {
      try {
        enter(kernel, path);
        look();
      } catch (error) {
        why = asWeirError(error).message;
      }
      if (kernel.setns(own, CLONE_NEWNET) < 0) throw callError(kernel, 'the way back from a network namespace');
    }
  } finally {
    closeSync(own);
  }
  return why;
}

/** By what each link says, the path of one. */
function otherNamespaces(): Map<string, string> {
  const own = procLink('/proc/thread-self/ns/net');
  const found = new Map<string, string>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const path = `/proc/${pid}/ns/net`;
    const name = procLink(path);
    if (name !== '' && name !== own && found.size < MOST) found.set(name, path);
  }
  return found;
}

function enter(kernel: Kernel, path: string): void {
  const fd = openNamespace(path);
  try {
    if (kernel.setns(fd, CLONE_NEWNET) < 0) throw callError(kernel, 'entering a network namespace');
  } finally {
    closeSync(fd);
  }
}

function openNamespace(path: string): number {
  return openSync(path, constants.O_RDONLY);
}
