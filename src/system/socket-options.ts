import { callError, type Kernel, type Memory, words } from './kernel.ts';
import type { ReceiveBuffer } from './receiver-options.ts';

/** include/uapi/asm-generic/socket.h and include/uapi/linux/in6.h. */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** The kernel doubles the value in an int (net/core/sock.c, __sock_set_rcvbuf), so half of its range is the most it takes. */
const MAX_RCVBUF = 0x3fff_ffff;

function setNumber(kernel: Kernel, fd: number, level: number, name: number, value: number): boolean {
  const memory = words(1);
  memory[0] = value;
  return kernel.setsockopt(fd, level, name, memory, 4) === 0;
}

/** Asks for a socket buffer, past net.core.rmem_max where the process has CAP_NET_ADMIN. */
export function setReceiveBuffer(kernel: Kernel, fd: number, askedBytes: number): ReceiveBuffer {
  const bytes = Math.min(askedBytes, MAX_RCVBUF);
  const forced = setNumber(kernel, fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes);
  if (!forced && !setNumber(kernel, fd, SOL_SOCKET, SO_RCVBUF, bytes)) throw callError(kernel, 'setsockopt(SO_RCVBUF)');
  const value = words(1);
  const length = words(1);
  length[0] = 4;
  if (kernel.getsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, length) < 0) throw callError(kernel, 'getsockopt(SO_RCVBUF)');
  return { askedBytes, grantedBytes: value[0]! / 2, forced };
}

export function setReusePort(kernel: Kernel, fd: number): void {
  if (!setNumber(kernel, fd, SOL_SOCKET, SO_REUSEPORT, 1)) throw callError(kernel, 'setsockopt(SO_REUSEPORT)');
}

/** One IPv6 socket also takes IPv4, whose sources it shows as ::ffff:a.b.c.d (RFC 3493 section 3.7). */
export function setDualStack(kernel: Kernel, fd: number): void {
  if (!setNumber(kernel, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) throw callError(kernel, 'setsockopt(IPV6_V6ONLY)');
}

/** Receiving gives up after this time: a thread that waits in a foreign call cannot be ended otherwise. */
export function setReceiveTimeout(kernel: Kernel, fd: number, timeoutMs: number): void {
  const timeval = new BigInt64Array(new ArrayBuffer(128));
  timeval[0] = BigInt(Math.floor(timeoutMs / 1000));
  timeval[1] = BigInt(Math.round((timeoutMs % 1000) * 1000));
  if (kernel.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeval, 16) < 0)
    throw callError(kernel, 'setsockopt(SO_RCVTIMEO)');
}

/** SO_MEMINFO: nine words by the numbers of include/uapi/linux/sock_diag.h (RMEM_ALLOC 0, RCVBUF 1, DROPS 8). `length` is scratch. */
export function readMemInfo(kernel: Kernel, fd: number, out: Memory, length: Memory): void {
  length[0] = 36;
  if (kernel.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, out, length) < 0) throw callError(kernel, 'getsockopt(SO_MEMINFO)');
}
