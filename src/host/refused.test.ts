import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEbpf } from './backend/ebpf-backend.ts';
import { LiveMeter } from './live-meter.testing.ts';
import { makeTestCgroup, startInCgroup } from './test-cgroup.testing.ts';

/** A host and its router, which rejects what goes to some ports and knows of networks that are not there. */
const { folder, refused: noPrograms } = makeTestCgroup('refused');
const HERE = `weir-ask-${process.pid}`;
const ROUTER = `weir-rej-${process.pid}`;
const RULES = `table inet refusing { chain in {
  type filter hook input priority 0;
  tcp dport { 81, 91 } reject
  tcp dport { 82, 92 } reject with icmpx type admin-prohibited
  tcp dport 83 reject with tcp reset
  tcp dport 84 drop
  udp dport 85 drop
}
}
`;

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'ignore' });
}

function build(): string | null {
  if (noPrograms !== null) return noPrograms;
  try {
    execFileSync('nft', ['--version'], { stdio: 'ignore' });
  } catch {
    rmdirSync(folder);
    return 'no nft here';
  }
  ip('netns', 'add', HERE);
  ip('netns', 'add', ROUTER);
  ip('-n', HERE, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', ROUTER);
  for (const [namespace, last] of [[HERE, 1] as const, [ROUTER, 2] as const]) {
    ip('-n', namespace, 'addr', 'add', `192.0.2.${last}/24`, 'dev', 'wire');
    ip('-n', namespace, 'addr', 'add', `2001:db8::${last}/64`, 'dev', 'wire', 'nodad');
    ip('-n', namespace, 'link', 'set', 'wire', 'up');
  }
  ip('-n', HERE, 'route', 'add', '198.51.100.0/24', 'via', '192.0.2.2');
  ip('-n', ROUTER, 'route', 'add', 'unreachable', '198.51.100.0/25');
  ip('-n', ROUTER, 'route', 'add', 'prohibit', '198.51.100.128/25');
  execFileSync('ip', ['netns', 'exec', ROUTER, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0'], {
    stdio: 'ignore',
  });
  execFileSync('ip', ['netns', 'exec', ROUTER, 'nft', '-f', '-'], {
    input: RULES,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  return null;
}
const refused = build();

describe.skipIf(refused !== null)(`what ICMP refuses${refused ? ` (skipped: ${refused})` : ''}`, () => {
  let meter: LiveMeter;
  beforeAll(() => {
    meter = new LiveMeter(startEbpf({ cgroup: folder }));
    meter.sweep();
  });
  afterAll(() => {
    meter.meter.backend.close();
    ip('netns', 'del', HERE);
    ip('netns', 'del', ROUTER);
    rmdirSync(folder);
  });

  /** On a wire without delay ICMP comes while the socket is busy sending its first SYN: then the process is told after the second one. */
  const SECONDS = 2;

  /** bash opens a socket, which is connected, and sends a line; the outcomes of what it sent. */
  async function outcomes(protocol: 'tcp' | 'udp', to: string, port: number, seconds = SECONDS): Promise<unknown[]> {
    const script = `exec 3<>/dev/${protocol}/${to}/${port} && echo question >&3 && read -t ${seconds} -r -u 3 x`;
    return sent(port, ['timeout', `${seconds}`, 'bash', '-c', script]);
  }

  /** What becomes of what a command sends to a port. */
  async function sent(port: number, command: readonly string[]): Promise<unknown[]> {
    const child = startInCgroup(folder, ['pipe', 'ignore', 'ignore'], ['ip', 'netns', 'exec', HERE, ...command]);
    await once(child, 'close');
    const asked = () => meter.records.filter((r) => r.dst_port === port && r.flow_direction === 'egress');
    for (const until = Date.now() + 5_000; Date.now() < until && asked().length === 0; await after(50)) meter.sweep();
    return asked().map((r) => r.outcome);
  }

  it.each([
    ['TCP, port unreachable', 'tcp', '192.0.2.2', 81, 'refused'],
    ['TCP over IPv6, port unreachable', 'tcp', '2001:db8::2', 91, 'refused'],
    ['TCP, prohibited', 'tcp', '192.0.2.2', 82, 'refused'],
    ['TCP over IPv6, prohibited', 'tcp', '2001:db8::2', 92, 'refused'],
    ['TCP, a reset of a firewall', 'tcp', '192.0.2.2', 83, 'refused'],
    ['TCP, a router without a way', 'tcp', '198.51.100.1', 97, 'refused'],
    ['TCP, a router that may not', 'tcp', '198.51.100.200', 98, 'refused'],
    ['UDP, nobody has the port', 'udp', '192.0.2.2', 86, 'refused'],
    ['UDP over IPv6, nobody has the port', 'udp', '2001:db8::2', 96, 'refused'],
    ['TCP, dropped', 'tcp', '192.0.2.2', 84, 'unanswered'],
    ['UDP, dropped', 'udp', '192.0.2.2', 85, 'unanswered'],
  ] as const)('is shown as what it is: %s', async (_, protocol, to, port, outcome) => {
    expect(await outcomes(protocol, to, port)).toEqual([outcome]);
  });

  it('is not known of a SYN that a raw socket made, whose answer comes through no socket', async () => {
    const script = `import socket, struct
t = struct.pack('!HHIIBBHHH', 40123, 89, 1, 0, 0x50, 2, 1024, 0, 0)
d = socket.inet_aton('192.0.2.1') + socket.inet_aton('192.0.2.2') + struct.pack('!BBH', 0, 6, len(t)) + t
n = sum(struct.unpack('!%dH' % (len(d) // 2), d))
n = (n & 0xffff) + (n >> 16)
n = ~((n & 0xffff) + (n >> 16)) & 0xffff
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW).sendto(
  struct.pack('!BBHHHBBH', 0x45, 0, 40, 0, 0, 64, 6, 0) + d[:8] + t[:16] + struct.pack('!H', n) + t[18:], ('192.0.2.2', 0))`;
    expect(await sent(89, ['python3', '-c', script])).toEqual(['unknown']);
  });

  it('is no answer where this host itself found nobody at an address', async () => {
    expect(await outcomes('tcp', '192.0.2.77', 99, 5)).toEqual(['unanswered']);
  });

  it('is known on this kernel: the tracepoint has the fields that the program reads', () => {
    expect(meter.meter.backend.notes.join('; ')).not.toContain('errors of sockets');
  });
});
