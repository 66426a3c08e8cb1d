import { readdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { PACKET_PROBLEM } from '../src/packet/index.ts';

/** What tcpdump printed of one capture. */
interface Printed {
  readonly capture: string;
  readonly output: string;
}

/** Outputs that are not named after their capture. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  'esp0.out': '02-sunrise-sunset-esp.pcap',
  'esp1.out': '02-sunrise-sunset-esp.pcap',
};

/** All outputs whose capture is at hand: `a-v.out` is of `a.pcap`. */
export function printedCaptures(fixtures: string): { printed: Printed[]; without: string[] } {
  const files = readdirSync(join(fixtures, 'tcpdump')).sort();
  const captures = files.filter((name) => /\.(pcap|pcapng)$/.test(name));
  const printed: Printed[] = [];
  const without: string[] = [];
  for (const output of files.filter((name) => name.endsWith('.out'))) {
    const capture = NAMED_OTHERWISE[output] ?? captureOf(output.slice(0, -'.out'.length), captures);
    if (capture) printed.push({ capture, output });
    else without.push(output);
  }
  return { printed, without };
}

function captureOf(name: string, captures: readonly string[]): string | undefined {
  const stem = (capture: string) => capture.replace(/\.[^.]+$/, '');
  const fits = (capture: string) =>
    name.startsWith(stem(capture)) && /^(-?(e|v+\d?|T|t+))?$/.test(name.slice(stem(capture).length));
  return captures.filter(fits).sort((a, b) => b.length - a.length)[0];
}

/**
 * Packets that tcpdump looks into and Weir does not, by output and position; each has its cause among those that a packet can have, and
 * no flow is made up for it.
 */
export const NOT_LOOKED_INTO: Readonly<Record<string, keyof typeof PACKET_PROBLEM>> = {
  // Link types of single captures: Juniper, Frame Relay, SLIP.
  'bgp-aigp.out 1': 'unsupported_link',
  'icmp-icmp_print-oobr-2.out 3': 'unsupported_link',
  'icmp6_nodeinfo_oobr.out 1': 'unsupported_link',
};

/** One end as tcpdump prints it: `192.0.2.1`, `192.0.2.1.53`, `2001:db8::1.53`. */
interface End {
  readonly address: string;
  readonly port: number | null;
}

/** Each numbered packet of an output, with the ends that are printed first: those of the outer packet; null where no IP is named. */
export function printedPackets(fixtures: string, output: string): (readonly [src: End, dst: End] | null)[] {
  const text = readFileSync(join(fixtures, 'tcpdump', output), 'latin1');
  const packets: string[] = [];
  for (const line of text.split('\n')) {
    const numbered = /^ *(\d+) {2,}(?=\S)(.*)/.exec(line);
    if (numbered && Number(numbered[1]) === packets.length + 1) packets.push(numbered[2]!);
    else if (packets.length > 0) packets[packets.length - 1] += `\n${line}`;
  }
  return packets.map(firstEnds);
}

function firstEnds(packet: string): readonly [End, End] | null {
  for (const [, a = '', b = ''] of packet.matchAll(/(\S+) > (\S+?):?(?=\s|$)/g)) {
    const src = end(a);
    const dst = end(b.replace(/[,:]$/, ''));
    if (src && dst) return [src, dst];
  }
  return null;
}

function end(text: string): End | null {
  if (isIP(text)) return { address: text, port: null };
  const dot = text.lastIndexOf('.');
  const address = text.slice(0, dot);
  const port = text.slice(dot + 1);
  return dot > 0 && isIP(address) && /^\d+$/.test(port) ? { address, port: Number(port) } : null;
}
