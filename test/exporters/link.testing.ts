import { readFileSync } from 'node:fs';
import { removeNamespace, thisRun } from './link-leftovers.testing.ts';
import { runProgram } from './program.testing.ts';

/** A cable between this machine and a network namespace of its own; nothing but what a test replays runs over it. */
export interface Link {
  /** The interface on this side: exporters listen or switch here. */
  readonly name: string;
  /** The other end, in the namespace. */
  readonly far: string;
  readonly namespace: string;
  /** The kernel's counters of this side. */
  counters(): { rxPackets: number; rxBytes: number; txPackets: number; txBytes: number };
  /** Sends the frames of a capture from the far end. */
  replay(capture: string, packetsPerSecond: number): Promise<void>;
}

/**
 * Lends `count` cables into one namespace, and takes them away afterwards. Where `use` never ends because its test took too long, they go with the run of the tests
 * (scratch.setup), and where that was killed, with the next one.
 */
export async function withLinks<T>(count: number, use: (links: readonly Link[]) => Promise<T>): Promise<T> {
  const namespace = `weir-link-${thisRun()}-${process.pid}-${made}`;
  try {
    return await use(await makeLinks(namespace, count));
  } finally {
    removeNamespace(namespace);
  }
}

let made = 0;

/** `count` cables into one new namespace. IPv6 is off at both ends: its own announcements would count as traffic. */
async function makeLinks(namespace: string, count: number): Promise<Link[]> {
  const tag = `${process.pid.toString(36)}${(made++).toString(36)}`;
  await runProgram('ip', ['netns', 'add', namespace]);
  await inside(namespace, ['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
  await inside(namespace, ['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
  const links: Link[] = [];
  for (let i = 0; i < count; i++) links.push(await makeLink(namespace, `wr${tag}n${i}`, `wr${tag}f${i}`));
  return links;
}

async function makeLink(namespace: string, name: string, far: string): Promise<Link> {
  await runProgram('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', far, 'netns', namespace]);
  await runProgram('sysctl', ['-qw', `net.ipv6.conf.${name}.disable_ipv6=1`]);
  await runProgram('ip', ['link', 'set', name, 'up']);
  await inside(namespace, ['ip', 'link', 'set', far, 'up']);
  const counter = (what: string) => Number(readFileSync(`/sys/class/net/${name}/statistics/${what}`, 'utf8'));
  return {
    name,
    far,
    namespace,
    counters: () => ({
      rxPackets: counter('rx_packets'),
      rxBytes: counter('rx_bytes'),
      txPackets: counter('tx_packets'),
      txBytes: counter('tx_bytes'),
    }),
    replay: async (capture, packetsPerSecond) => {
      await inside(namespace, ['tcpreplay', '-q', '--pps', String(packetsPerSecond), '-i', far, capture]);
    },
  };
}

const inside = (namespace: string, command: readonly string[]) =>
  runProgram('ip', ['netns', 'exec', namespace, ...command]);
