import { readFileSync } from 'node:fs';
import { callError, kernelAccess } from './kernel.ts';
import type { ReceiveBuffer } from './receiver-options.ts';
import { AF_INET } from './socket-address.ts';
import { setReceiveBuffer } from './socket-options.ts';

const SOCK_DGRAM = 2;
const WANTED_BYTES = 64 * 1024 * 1024;

/** How large a socket buffer this process can have; null where the machine does not tell. */
export interface UdpLimits {
  /** net.core.rmem_max and net.core.rmem_default, bytes. */
  readonly rmemMax: number | null;
  readonly rmemDefault: number | null;
  /** The process may pass rmem_max (CAP_NET_ADMIN): tried on a socket that is thrown away, since a user namespace makes the capability set lie. */
  readonly canForce: boolean;
  /** What came of asking for 64 MiB. */
  readonly grantedFor64MiB: ReceiveBuffer | null;
}

export function udpLimits(): UdpLimits {
  const granted = tryBuffer();
  return {
    rmemMax: sysctl('rmem_max'),
    rmemDefault: sysctl('rmem_default'),
    canForce: granted?.forced ?? false,
    grantedFor64MiB: granted,
  };
}

function tryBuffer(): ReceiveBuffer | null {
  const { kernel } = kernelAccess();
  if (!kernel) return null;
  const fd = kernel.socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) throw callError(kernel, 'socket');
  try {
    return setReceiveBuffer(kernel, fd, WANTED_BYTES);
  } finally {
    kernel.close(fd);
  }
}

function sysctl(name: string): number | null {
  try {
    return Number(readFileSync(`/proc/sys/net/core/${name}`, 'utf8'));
  } catch {
    return null;
  }
}
