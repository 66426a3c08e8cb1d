import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { promisify } from 'node:util';
import { type Finding, fail, flagOf, type ListenAddress, ok, type SettingName, warn } from '../server/index.ts';
import { holderOfPort, receiverKind, type UdpLimits, udpLimits } from '../system/index.ts';
import { grouped, withPrefix } from './human.ts';

/** The ports of a node, by the name of their setting. */
const PORTS = [
  ['netflow', 'udp'],
  ['ipfix', 'udp'],
  ['sflow', 'udp'],
  ['ipfix_tcp', 'tcp'],
  ['http', 'tcp'],
] as const;

/** Those that a configuration opens. */
export type Listeners = { readonly [K in (typeof PORTS)[number][0]]?: ListenAddress | null };

/** What the machine offers, whatever the store holds. */
export async function machineFindings(listeners: Listeners, ownPid: number | null): Promise<Finding[]> {
  return [
    nodeVersion(process.versions.node),
    receiver(),
    ...bufferFindings(udpLimits()),
    capability(),
    memory(totalmem(), cgroupLimit()),
    ...PORTS.flatMap(([name, protocol]) => port(name, protocol, listeners[name] ?? null, ownPid)),
    await clock(),
  ];
}

export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return enough
    ? ok('node', `Node ${version}`)
    : fail('node', `Node ${version} is too old`, 'install Node 20.19 or newer');
}

function receiver(): Finding {
  const { kind, reason } = receiverKind();
  if (kind === 'recvmmsg') return ok('receiver', `recvmmsg: ${reason}`);
  return warn(
    'receiver',
    `node:dgram, which is far slower: ${reason}`,
    'install koffi for this platform (npm install) and run on Linux',
  );
}

/** A burst of 10,000 datagrams, and what the kernel charges a socket for each (measured with common sizes of export datagrams). */
const BURST_DATAGRAMS = 10_000;
const BYTES_PER_DATAGRAM = 2_300;
const BURST_BYTES = BURST_DATAGRAMS * BYTES_PER_DATAGRAM;

export function bufferFindings(limits: UdpLimits): Finding[] {
  const granted = limits.grantedFor64MiB?.grantedBytes ?? limits.rmemMax;
  if (granted === null) return [warn('udp buffer', 'the size of a socket buffer cannot be seen on this machine')];
  // The kernel doubles what is asked (socket(7)), and charges datagrams to the double.
  const room = 2 * granted;
  const datagrams = grouped(Math.floor(room / BYTES_PER_DATAGRAM));
  const text = `a socket holds ${withPrefix(room, 'B')}, about ${datagrams} datagrams; a burst of ${grouped(BURST_DATAGRAMS)} needs ${withPrefix(BURST_BYTES, 'B')}`;
  if (room >= BURST_BYTES) return [ok('udp buffer', text)];
  const advice = `sysctl -w net.core.rmem_max=${64 * 1024 * 1024} (for good: in /etc/sysctl.d/weir.conf), or give weir CAP_NET_ADMIN`;
  return [warn('udp buffer', text, advice)];
}

const CAP_NET_ADMIN = 12n;

function capability(): Finding {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readOr('/proc/self/status', ''))?.[1];
  if (effective === undefined) return warn('capabilities', 'cannot be seen on this machine');
  const has = ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n;
  if (has && udpLimits().canForce) return ok('capabilities', 'CAP_NET_ADMIN: buffers may pass net.core.rmem_max');
  const text = has
    ? 'CAP_NET_ADMIN is there, but this namespace does not let it pass net.core.rmem_max'
    : 'no CAP_NET_ADMIN: net.core.rmem_max bounds the buffers';
  return warn(
    'capabilities',
    text,
    'AmbientCapabilities=CAP_NET_ADMIN in the unit (packaging/weir.service has it), or raise net.core.rmem_max',
  );
}

/** What this process may have of the machine's memory. */
export function usableMemory(): number {
  return Math.min(totalmem(), cgroupLimit() ?? Number.POSITIVE_INFINITY);
}

/** The limit of the control group (v2, else v1), which is what a container has. */
function cgroupLimit(): number | null {
  for (const path of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    const value = Number(readOr(path, '').trim());
    // "max" is no number; v1 says 2^63 less a page where there is no limit.
    if (value > 0 && value < 2 ** 62) return value;
  }
  return null;
}

export function memory(total: number, limit: number | null): Finding {
  const usable = Math.min(total, limit ?? total);
  const text = `${withPrefix(usable, 'B')}${limit !== null && limit < total ? ' (limit of the control group)' : ''}`;
  if (usable >= 1e9) return ok('memory', text);
  return warn('memory', text, 'give it 1 GB or more, or lower query_memory and receive_buffer');
}

function port(
  name: SettingName,
  protocol: 'udp' | 'tcp',
  listener: ListenAddress | null,
  ownPid: number | null,
): Finding[] {
  if (listener === null || listener.port === 0) return [];
  const subject = `${name.replace('_', '-')} port`;
  const holder = holderOfPort(protocol, listener.port);
  const where = `${protocol} ${listener.port}`;
  if (holder === null)
    return [
      ok(subject, `${where} is free${process.getuid?.() === 0 ? '' : ', or held by a process that only root can see'}`),
    ];
  if (holder.pid === ownPid) return [ok(subject, `${where} is held by the running node (process ${holder.pid})`)];
  return [
    fail(
      subject,
      `${where} is held by process ${holder.pid} (${holder.command})`,
      `stop it, or choose another port with ${flagOf(name)}`,
    ),
  ];
}

/** Flows of exporters are compared with this clock: a wrong one shifts every answer. */
async function clock(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
      timeout: 3_000,
    });
    if (stdout.trim() === 'yes') return ok('clock', 'synchronised (timedatectl)');
    if (stdout.trim() === 'no')
      return warn('clock', 'not synchronised (timedatectl)', 'run an NTP client such as chrony or systemd-timesyncd');
  } catch {
    // No systemd here: containers mostly. The traces of the usual clients are looked for instead.
  }
  if (existsSync('/run/systemd/timesync/synchronized')) return ok('clock', 'synchronised (systemd-timesyncd)');
  return warn(
    'clock',
    'unknown: neither timedatectl nor systemd-timesyncd answers here',
    'see that the host of this container keeps its clock with NTP',
  );
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
