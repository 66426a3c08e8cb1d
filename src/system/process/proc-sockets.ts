import { existsSync } from 'node:fs';
import { procText } from '../proc-file.ts';
import { AF_INET, AF_INET6 } from '../socket-address.ts';

/** A line of /proc/net/tcp, tcp6, udp or udp6. One object is filled again for each. */
export interface ProcSocket {
  protocol: number;
  /** Four words, the most significant first; IPv4 as ::ffff:a.b.c.d. */
  readonly local: Uint32Array;
  readonly remote: Uint32Array;
  localPort: number;
  remotePort: number;
  /** As SOCKET_STATE. */
  state: number;
  uid: number;
  /** 0: it is no socket of a process any more. */
  inode: number;
}

/** What an interface has counted since it came: frames, with their link layer. */
export interface InterfaceTotals {
  readonly name: string;
  /** Its number; 0 unknown. */
  readonly index: number;
  /** A device is behind it: it is no bridge, tunnel or end of a virtual wire. */
  readonly hasDevice: boolean;
  /** Of each frame, that are no part of an IP packet. */
  readonly linkHeaderBytes: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly rxPackets: number;
}

/** include/uapi/linux/if_arp.h, if_ether.h. */
const ARPHRD_ETHER = 1;
const ETHER_BYTES = 14;

const TABLES = [
  { file: 'tcp', protocol: 6, family: AF_INET },
  { file: 'tcp6', protocol: 6, family: AF_INET6 },
  { file: 'udp', protocol: 17, family: AF_INET },
  { file: 'udp6', protocol: 17, family: AF_INET6 },
] as const;

/** `sl local rem st tx:rx tr:when retrnsmt uid timeout inode ...` (net/ipv4/tcp_ipv4.c, tcp4_seq_show). */
const LINE =
  /^\s*\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+\s+(\d+)\s+\d+ (\d+)/;

/** The sockets of the network namespace of this process, without any other door than files; a table that cannot be read is empty. */
export function listProcSockets(each: (socket: ProcSocket) => void, directory = '/proc/self/net'): void {
  const socket: ProcSocket = {
    protocol: 0,
    local: new Uint32Array(4),
    remote: new Uint32Array(4),
    localPort: 0,
    remotePort: 0,
    state: 0,
    uid: 0,
    inode: 0,
  };
  for (const { file, protocol, family } of TABLES) {
    for (const line of lines(`${directory}/${file}`)) {
      const found = LINE.exec(line);
      if (found === null || found[1]!.length !== (family === AF_INET ? 8 : 32)) continue;
      socket.protocol = protocol;
      readWords(found[1]!, socket.local);
      socket.localPort = Number.parseInt(found[2]!, 16);
      readWords(found[3]!, socket.remote);
      socket.remotePort = Number.parseInt(found[4]!, 16);
      socket.state = Number.parseInt(found[5]!, 16);
      socket.uid = Number(found[6]);
      socket.inode = Number(found[7]);
      each(socket);
    }
  }
}

/** Totals of interfaces (net/core/net-procfs.c): eight columns received, then eight sent, bytes and packets first. */
export function readInterfaceTotals(file = '/proc/self/net/dev', devices = '/sys/class/net'): InterfaceTotals[] {
  return lines(file).flatMap((line) => {
    const at = line.lastIndexOf(':');
    if (at < 0) return [];
    const counts = line
      .slice(at + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const [rxBytes = 0, rxPackets = 0] = counts;
    const name = line.slice(0, at).trim();
    const index = Number(procText(`${devices}/${name}/ifindex`));
    const hasDevice = existsSync(`${devices}/${name}/device`);
    const linkHeaderBytes = Number(procText(`${devices}/${name}/type`)) === ARPHRD_ETHER ? ETHER_BYTES : 0;
    const [txBytes = 0, txPackets = 0] = counts.slice(8);
    return [{ name, index, hasDevice, linkHeaderBytes, rxBytes, rxPackets, txBytes, txPackets }];
  });
}

/** Each word is printed as this machine has it in memory: little-endian here, where a socket has it big-endian. */
function readWords(hex: string, out: Uint32Array): void {
  if (hex.length === 8) {
    out[0] = 0;
    out[1] = 0;
    out[2] = 0xffff;
    out[3] = swapped(hex);
    return;
  }
  for (let i = 0; i < 4; i++) out[i] = swapped(hex.slice(8 * i, 8 * i + 8));
}

const BIG_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

function swapped(hex: string): number {
  const word = Number.parseInt(hex, 16);
  if (BIG_ENDIAN) return word;
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function lines(file: string): string[] {
  return procText(file).split('\n').slice(1);
}
