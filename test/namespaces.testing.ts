import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why there can be no network namespaces here; null where there can. */
export function noNamespaces(): string | null {
  if (process.getuid?.() !== 0) return 'not root';
  if (!(process.env.PATH ?? '').split(delimiter).some((p) => existsSync(join(p, 'ip')))) return 'no ip (iproute2)';
  try {
    const name = `weir-try-${process.pid}`;
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    return null;
  } catch {
    return 'network namespaces are refused';
  }
}

/** Namespaces of tests carry the process that made them; those of processes that are no more go, and what runs in them loses its wire. */
export async function removeLeftovers(): Promise<void> {
  const { stdout } = await run('ip', ['-j', 'netns', 'list']);
  const names: { name: string }[] = JSON.parse(stdout || '[]');
  for (const { name } of names) {
    const process = /^weir-(?:a|b|try|hv|out|g\d)-(\d+)$/.exec(name)?.[1];
    if (process && !existsSync(`/proc/${process}`)) await run('ip', ['netns', 'del', name]).catch(() => {});
  }
}

export interface Counted {
  readonly packets: number;
  readonly bytes: number;
  readonly refused: number;
}

/** Two hosts with one wire between them: each a network namespace with the interface `wire`. */
export class Wire {
  readonly a = { namespace: `weir-a-${process.pid}`, ipv4: '10.77.0.1', ipv6: 'fd77::1', mac: '02:00:00:00:77:01' };
  readonly b = { namespace: `weir-b-${process.pid}`, ipv4: '10.77.0.2', ipv6: 'fd77::2', mac: '02:00:00:00:77:02' };

  /** What was left of tests whose process was killed goes first. */
  async lay(): Promise<void> {
    await removeLeftovers();
    for (const { namespace } of [this.a, this.b]) {
      await run('ip', ['netns', 'add', namespace]);
      await this.ip(namespace, 'link set lo up');
    }
    await this.connect();
  }

  /** The wire itself, which is gone after `cut`. Neighbours are told, so that nothing but IP goes over it. */
  async connect(): Promise<void> {
    const { a, b } = this;
    await this.ip(
      a.namespace,
      `link add wire address ${a.mac} type veth peer name wire address ${b.mac} netns ${b.namespace}`,
    );
    for (const [own, other] of [[a, b] as const, [b, a] as const]) {
      // Groups are reported all the same, at a random time within the second after the interface is up: at once is before anybody counts.
      const interval = '/proc/sys/net/ipv6/conf/wire/mldv2_unsolicited_report_interval';
      await run('ip', ['netns', 'exec', own.namespace, 'sh', '-c', `echo 1 > ${interval}`]);
      // No link-local address: no solicitations of IPv6.
      await this.ip(own.namespace, 'link set wire up addrgenmode none multicast off');
      await this.ip(own.namespace, `addr add ${own.ipv4}/24 dev wire`);
      await this.ip(own.namespace, `addr add ${own.ipv6}/64 dev wire nodad`);
      await this.ip(own.namespace, `neigh add ${other.ipv4} lladdr ${other.mac} dev wire nud permanent`);
      await this.ip(own.namespace, `neigh add ${other.ipv6} lladdr ${other.mac} dev wire nud permanent`);
    }
    await this.quiet();
  }

  async cut(): Promise<void> {
    await this.ip(this.a.namespace, 'link del wire');
  }

  /**
   * Packets and octets of frames that went over the wire in both directions, as host a counts them. `refused` are packets of a that b had no room for, as
   * its queue is that of all wires of this machine: a capture at a sees them, and no counter has their octets.
   */
  async counted(): Promise<Counted> {
    const { stdout } = await run('ip', ['-n', this.a.namespace, '-s', '-j', 'link', 'show', 'wire']);
    const { rx, tx } = JSON.parse(stdout)[0].stats64;
    return { packets: rx.packets + tx.packets, bytes: rx.bytes + tx.bytes, refused: tx.dropped };
  }

  /** What went over the wire once nothing more did for 300 ms. */
  async quiet(): Promise<Counted> {
    let last = await this.counted();
    for (let since = performance.now(); performance.now() - since < 300; ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const now = await this.counted();
      if (now.packets !== last.packets) since = performance.now();
      last = now;
    }
    return last;
  }

  async ip(namespace: string, command: string): Promise<void> {
    await run('ip', ['-n', namespace, ...command.split(' ')]);
  }

  /** A program in one of the namespaces. */
  spawn(namespace: string, program: string, args: readonly string[]): ChildProcess {
    return spawn('ip', ['netns', 'exec', namespace, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async remove(): Promise<void> {
    for (const { namespace } of [this.a, this.b]) await run('ip', ['netns', 'del', namespace]).catch(() => {});
  }
}

/** What a program says until it has said `word`; all of it so far by `said`. */
export class Spoken {
  said = '';
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
    this.exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  async until(word: string, ms = 20_000): Promise<void> {
    const end = Date.now() + ms;
    while (!this.said.includes(word)) {
      if (Date.now() > end || this.child.exitCode !== null) throw new Error(`no "${word}" in: ${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** `ip netns exec` becomes the program, so that the signal is its own. */
  async end(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.exited;
  }
}
