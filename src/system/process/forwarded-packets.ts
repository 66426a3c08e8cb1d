import { join } from 'node:path';
import { procText } from '../proc-file.ts';

/**
 * Packets that this machine, as a router, passed on from one interface to another since it started: IPv4 and IPv6 (ForwDatagrams of /proc/net/snmp, net/ipv4/proc.c,
 * and Ip6OutForwDatagrams of snmp6). Null where the kernel does not say.
 */
export function readForwardedPackets(folder = '/proc/self/net'): number | null {
  const four = ipv4(procText(join(folder, 'snmp')));
  const six = /^Ip6OutForwDatagrams\s+(\d+)$/m.exec(procText(join(folder, 'snmp6')));
  if (four === null && six === null) return null;
  return (four ?? 0) + Number(six?.[1] ?? 0);
}

/** Two lines for each protocol: the names, then the counts. */
function ipv4(text: string): number | null {
  const [names = [], counts = []] = text
    .split('\n')
    .filter((line) => line.startsWith('Ip:'))
    .map((line) => line.split(' '));
  const at = names.indexOf('ForwDatagrams');
  const count = at < 0 ? Number.NaN : Number(counts[at]);
  return Number.isNaN(count) ? null : count;
}
