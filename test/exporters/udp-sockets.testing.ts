import { readFileSync } from 'node:fs';

export interface UdpSocketState {
  readonly queuedBytes: number;
  /** Datagrams that the kernel dropped because the socket's buffer was full. */
  readonly drops: number;
}

/** A UDP socket of this machine by its port, as /proc/net/udp has it (Documentation/networking/proc_net_tcp.rst); null when nobody has the port. */
export function udpSocket(port: number): UdpSocketState | null {
  for (const line of readFileSync('/proc/net/udp', 'utf8').trim().split('\n').slice(1)) {
    const words = line.trim().split(/\s+/);
    if (Number.parseInt(words[1]!.split(':')[1]!, 16) !== port) continue;
    return { queuedBytes: Number.parseInt(words[4]!.split(':')[1]!, 16), drops: Number(words.at(-1)) };
  }
  return null;
}
