import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { removeLeftovers, Spoken } from './namespaces.testing.ts';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * What a virtual machine monitor does with a tap: it holds it, and hands frames to and fro. On its other side is the tap of a network namespace, whose TCP is
 * that of a real kernel; with offload, frames are handed on as large as it made them.
 */
const MONITOR = `
  const fs = require('node:fs'), koffi = require('koffi'), libc = koffi.load(null);
  const ioctl = libc.func('ioctl', 'int', ['int', 'ulong', 'void *']), offloads = libc.func('ioctl', 'int', ['int', 'ulong', 'ulong']);
  const setns = libc.func('int setns(int, int)'), poll = libc.func('int poll(void *, ulong, int)');
  const read = libc.func('long read(int, void *, size_t)'), write = libc.func('long write(int, void *, size_t)');
  const [hostSpace, hostName, guestSpace, guestName, offload] = process.argv.slice(1);
  function tap(space, name) {
    if (setns(fs.openSync('/run/netns/' + space), 0x40000000) < 0) throw new Error('setns ' + space);
    const fd = fs.openSync('/dev/net/tun', fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    const request = Buffer.allocUnsafeSlow(40).fill(0);
    request.write(name);
    request.writeUInt16LE(0x0002 | 0x1000 | 0x4000, 16);
    if (ioctl(fd, 0x400454ca, request) < 0) throw new Error('TUNSETIFF ' + name);
    if (offload === 'on' && offloads(fd, 0x400454d0, 1 | 2 | 4) < 0) throw new Error('TUNSETOFFLOAD ' + name);
    return fd;
  }
  const fds = [tap(hostSpace, hostName), tap(guestSpace, guestName)];
  const frame = Buffer.allocUnsafeSlow(70000), waiting = Buffer.allocUnsafeSlow(16).fill(0);
  fds.forEach((fd, i) => { waiting.writeInt32LE(fd, 8 * i); waiting.writeInt16LE(1, 8 * i + 4); });
  function pump() {
    for (let turns = 0; turns < 20; turns++) {
      poll(waiting, 2, 20);
      fds.forEach((fd, i) => {
        for (let n = 0, bytes; n < 200 && (bytes = Number(read(fd, frame, frame.length))) > 0; n++) write(fds[1 - i], frame, bytes);
      });
    }
    setImmediate(pump);
  }
  console.log('holding');
  pump();
`;

export interface Guest {
  readonly namespace: string;
  /** Its interface at the host. */
  readonly tap: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
}

export interface Interface {
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly txBytes: number;
}

/** A host with guests on a bridge, each a network namespace behind a tap, and one that is no guest behind the bridge's other port. */
export class Hypervisor {
  readonly namespace = `weir-hv-${process.pid}`;
  readonly ipv4 = '10.78.0.1';
  readonly ipv6 = 'fd78::1';
  readonly outside = { namespace: `weir-out-${process.pid}`, ipv4: '10.78.0.9', ipv6: 'fd78::9' };
  private readonly monitors: ChildProcess[] = [];

  async lay(): Promise<void> {
    await removeLeftovers();
    for (const name of [this.namespace, this.outside.namespace]) await this.space(name);
    await this.ip(this.namespace, 'link add br0 type bridge mcast_snooping 0');
    await this.quieten(this.namespace, 'br0');
    await this.addresses(this.namespace, 'br0', this.ipv4, this.ipv6);
    await this.ip(this.namespace, `link add up0 type veth peer name eth0 netns ${this.outside.namespace}`);
    await this.quieten(this.namespace, 'up0');
    await this.ip(this.namespace, 'link set up0 master br0');
    await this.quieten(this.outside.namespace, 'eth0');
    await this.addresses(this.outside.namespace, 'eth0', this.outside.ipv4, this.outside.ipv6);
  }

  /** Starts a guest; what it sends is cut into segments by it, or with `offload` by nobody. */
  async guest(number: number, offload: 'on' | 'off'): Promise<Guest> {
    const namespace = `weir-g${number}-${process.pid}`;
    const guest = {
      namespace,
      tap: `vnet${number}`,
      ipv4: `10.78.0.${10 + number}`,
      ipv6: `fd78::${10 + number}`,
      mac: `02:00:00:00:78:1${number}`,
    };
    await this.space(namespace);
    const args = ['-e', MONITOR, this.namespace, guest.tap, namespace, 'eth0', offload];
    const monitor = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    this.monitors.push(monitor);
    await new Spoken(monitor).until('holding');
    await this.ip(namespace, `link set eth0 address ${guest.mac}`);
    for (const [space, name] of [
      [this.namespace, guest.tap],
      [namespace, 'eth0'],
    ] as const)
      await this.quieten(space, name);
    await this.ip(this.namespace, `link set ${guest.tap} master br0`);
    await this.addresses(namespace, 'eth0', guest.ipv4, guest.ipv6);
    return guest;
  }

  /** Tells all of them each other's addresses, so that nothing but their own traffic goes by their interfaces. */
  async introduce(guests: readonly Guest[]): Promise<void> {
    const { namespace, ipv4, ipv6, outside } = this;
    const ends = [
      { namespace, device: 'br0', ipv4, ipv6, mac: await this.mac(namespace, 'br0') },
      { ...outside, device: 'eth0', mac: await this.mac(outside.namespace, 'eth0') },
      ...guests.map((guest) => ({ ...guest, device: 'eth0' })),
    ];
    for (const own of ends)
      for (const { ipv4: four, ipv6: six, mac } of ends.filter((end) => end !== own))
        for (const address of [four, six])
          await this.ip(own.namespace, `neigh replace ${address} lladdr ${mac} dev ${own.device} nud permanent`);
  }

  private async mac(namespace: string, name: string): Promise<string> {
    const { stdout } = await run('ip', ['-n', namespace, '-j', 'link', 'show', name]);
    return JSON.parse(stdout)[0].address;
  }

  /** As the kernel of the host counts the interface of a guest: what it received is what the guest sent. */
  async counted(name: string): Promise<Interface> {
    const { stdout } = await run('ip', ['-n', this.namespace, '-s', '-j', 'link', 'show', name]);
    const { rx, tx } = JSON.parse(stdout)[0].stats64;
    return { rxPackets: rx.packets, rxBytes: rx.bytes, txPackets: tx.packets, txBytes: tx.bytes };
  }

  /** The same once nothing went by it for half a second. */
  async quiet(name: string): Promise<Interface> {
    let last = await this.counted(name);
    for (let since = performance.now(); performance.now() - since < 500; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const now = await this.counted(name);
      if (now.rxPackets + now.txPackets !== last.rxPackets + last.txPackets) since = performance.now();
      last = now;
    }
    return last;
  }

  spawn(namespace: string, program: string, args: readonly string[]): ChildProcess {
    return spawn('ip', ['netns', 'exec', namespace, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async run(namespace: string, program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run('ip', ['netns', 'exec', namespace, program, ...args]);
    return stdout;
  }

  async ip(namespace: string, command: string): Promise<void> {
    await run('ip', ['-n', namespace, ...command.split(' ')]);
  }

  async remove(): Promise<void> {
    for (const monitor of this.monitors) monitor.kill('SIGKILL');
    const { stdout } = await run('ip', ['-j', 'netns', 'list']);
    const names: { name: string }[] = JSON.parse(stdout || '[]');
    for (const { name } of names) if (name.endsWith(`-${process.pid}`)) await run('ip', ['netns', 'del', name]);
  }

  private async space(name: string): Promise<void> {
    await run('ip', ['netns', 'add', name]);
    await this.ip(name, 'link set lo up');
  }

  /** Up, and saying nothing by itself. */
  private async quieten(namespace: string, name: string): Promise<void> {
    const settings = `/proc/sys/net/ipv6/conf/${name}`;
    const words = `echo 1 > ${settings}/mldv2_unsolicited_report_interval; echo 0 > ${settings}/router_solicitations`;
    await this.run(namespace, 'sh', ['-c', words]);
    await this.ip(namespace, `link set ${name} up addrgenmode none multicast off`);
  }

  private async addresses(namespace: string, name: string, ipv4: string, ipv6: string): Promise<void> {
    await this.ip(namespace, `addr add ${ipv4}/24 dev ${name}`);
    await this.ip(namespace, `addr add ${ipv6}/64 dev ${name} nodad`);
  }
}
