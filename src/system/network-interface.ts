import { readFileSync } from 'node:fs';
import { WeirError } from '../base/index.ts';
import { callError, ERRNO, type Kernel } from './kernel.ts';

/** include/uapi/linux/sockios.h and if.h. */
const SIOCGIFFLAGS = 0x8913;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
const IFREQ_BYTES = 40;
const IFNAMSIZ = 16;
const IFF_UP = 1;
/** Up, and with a carrier where the interface knows of one (netif_oper_up, include/linux/netdevice.h). */
const IFF_RUNNING = 0x40;

/** An interface as the kernel knows it in the network namespace of this process. */
export interface NetworkInterface {
  readonly name: string;
  readonly index: number;
  /** ARPHRD_ type of its link layer (include/uapi/linux/if_arp.h): 1 Ethernet, 772 loopback. */
  readonly hardware: number;
}

/** Looks an interface up by its name; WeirError('not_found') names those that there are. `fd` is any socket. */
export function networkInterface(kernel: Kernel, fd: number, name: string): NetworkInterface {
  const index = ask(kernel, fd, SIOCGIFINDEX, name);
  const hardware = index === null ? null : ask(kernel, fd, SIOCGIFHWADDR, name);
  if (index === null || hardware === null) throw noInterface(name);
  return { name, index: index.getInt32(IFNAMSIZ, true), hardware: hardware.getUint16(IFNAMSIZ, true) };
}

/** `no_carrier`: it is up, but nobody is at the other end of the wire. `replaced`: there is one of this name, but it is another one than before. */
export type InterfaceState = 'up' | 'down' | 'no_carrier' | 'gone' | 'replaced';

export function interfaceState(kernel: Kernel, fd: number, { name, index }: NetworkInterface): InterfaceState {
  const now = ask(kernel, fd, SIOCGIFINDEX, name)?.getInt32(IFNAMSIZ, true);
  if (now === undefined) return 'gone';
  if (now !== index) return 'replaced';
  const flags = ask(kernel, fd, SIOCGIFFLAGS, name)?.getUint16(IFNAMSIZ, true) ?? 0;
  if ((flags & IFF_UP) === 0) return 'down';
  return (flags & IFF_RUNNING) !== 0 ? 'up' : 'no_carrier';
}

/** struct ifreq: the name, then what is asked for; null where there is no such interface. */
function ask(kernel: Kernel, fd: number, request: number, name: string): DataView | null {
  const bytes = Buffer.from(name);
  if (bytes.length === 0 || bytes.length >= IFNAMSIZ) return null;
  const memory = new Uint8Array(new ArrayBuffer(128), 0, IFREQ_BYTES);
  memory.set(bytes);
  if (kernel.ioctl(fd, request, memory) === 0) return new DataView(memory.buffer);
  if (kernel.errno() === ERRNO.ENODEV) return null;
  throw callError(kernel, `ioctl for interface ${name}`);
}

function noInterface(name: string): WeirError {
  const names = interfaceNames();
  const there = names.length === 0 ? '' : `; there are ${names.join(', ')}`;
  return new WeirError('not_found', `there is no interface ${name}${there}`, { details: { interfaces: names } });
}

/** Names of the interfaces in the network namespace of this thread, with an address or without one. */
export function interfaceNames(): string[] {
  try {
    const lines = readFileSync('/proc/thread-self/net/dev', 'utf8').split('\n').slice(2);
    return lines.flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []);
  } catch {
    return [];
  }
}
