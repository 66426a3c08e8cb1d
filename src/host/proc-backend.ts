import { type Clock, systemClock, WeirError } from '../base/index.ts';
import { listProcSockets, type ProcSocket, readInterfaceTotals, SOCKET_STATE } from '../system/index.ts';
import { DiagOwners } from './diag-owners.ts';
import type { HostBackend, HostTotals, SocketOwner } from './host-backend.ts';
import { BEGAN, newSocketSweep, type SocketSweep } from './socket-sweep.ts';

const PART = 1_024;
/** Sockets that are remembered between sweeps. */
const MAX_SOCKETS = 65_536;

interface Seen {
  readonly firstMs: number;
  sweep: number;
}

/**
 * Level 3: which sockets there are, and whose, from files alone: no calls of the kernel, any machine. What they carry is known of interfaces only.
 * The inode of a socket stands for its cookie.
 */
export class ProcBackend implements HostBackend {
  readonly level = 'proc';
  readonly byteLayer = 'payload';
  readonly notes = ['proc: which connections there are, and whose; how much they carry is known of interfaces only'];
  private readonly net: string;
  private readonly clock: Clock;
  private readonly owners: DiagOwners;
  private readonly seen = new Map<number, Seen>();
  private readonly listening = new Set<number>();
  private readonly part = newSocketSweep(PART);
  private sweeps = 0;
  private readonly before: HostTotals;

  constructor(proc = '/proc', clock: Clock = systemClock) {
    this.net = `${proc}/self/net`;
    this.clock = clock;
    this.owners = new DiagOwners(proc);
    this.before = this.sum();
  }

  sweep(each: (part: SocketSweep) => void): void {
    const nowMs = this.clock.now();
    this.sweeps += 1;
    const { part } = this;
    part.count = 0;
    listProcSockets((socket) => {
      if (socket.protocol === 6 && socket.state === SOCKET_STATE.listen) this.listening.add(socket.localPort);
      if (socket.inode === 0 || socket.remotePort === 0) return;
      this.tell(socket, nowMs);
      if (part.count < PART) return;
      each(part);
      part.count = 0;
    }, this.net);
    if (part.count > 0) each(part);
    this.owners.resolve(nowMs);
    for (const [inode, { sweep }] of this.seen) if (sweep < this.sweeps) this.forget(inode);
  }

  owner(cookie: number): SocketOwner | null {
    const owner = this.owners.get(cookie);
    return owner === null || owner.pid === 0 ? owner : { ...owner, source: 'proc' };
  }

  retire(cookies: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) this.forget(cookies[i]!);
  }

  /** Of all interfaces but loopback, since this began. */
  totals(): HostTotals {
    const { before } = this;
    const now = this.sum();
    return {
      txBytes: Math.max(0, now.txBytes - before.txBytes),
      txPackets: Math.max(0, now.txPackets - before.txPackets),
      rxBytes: Math.max(0, now.rxBytes - before.rxBytes),
      rxPackets: Math.max(0, now.rxPackets - before.rxPackets),
    };
  }

  close(): void {
    this.seen.clear();
  }

  private sum(): HostTotals {
    const sum = { txBytes: 0, txPackets: 0, rxBytes: 0, rxPackets: 0 };
    for (const one of readInterfaceTotals(`${this.net}/dev`)) {
      if (one.name === 'lo') continue;
      sum.txBytes += one.txBytes;
      sum.txPackets += one.txPackets;
      sum.rxBytes += one.rxBytes;
      sum.rxPackets += one.rxPackets;
    }
    return sum;
  }

  private tell(socket: ProcSocket, nowMs: number): void {
    const { part } = this;
    const seen = this.seen.get(socket.inode) ?? { firstMs: nowMs, sweep: 0 };
    seen.sweep = this.sweeps;
    if (this.seen.size < MAX_SOCKETS) this.seen.set(socket.inode, seen);
    this.owners.want({ cookie: socket.inode, inode: socket.inode, uid: socket.uid, cgroup: 0 });
    const slot = part.count++;
    part.cookie[slot] = socket.inode;
    part.local.set(socket.local, 4 * slot);
    part.remote.set(socket.remote, 4 * slot);
    part.localPort[slot] = socket.localPort;
    part.remotePort[slot] = socket.remotePort;
    part.protocol[slot] = socket.protocol;
    part.firstMs[slot] = seen.firstMs;
    part.lastMs[slot] = nowMs;
    part.began[slot] = began(socket, this.listening);
    part.uid[slot] = socket.uid;
  }

  private forget(inode: number): void {
    this.seen.delete(inode);
    this.owners.forget(inode);
  }
}

function began({ protocol, localPort }: ProcSocket, listening: ReadonlySet<number>): number {
  if (protocol !== 6) return BEGAN.unknown;
  return listening.has(localPort) ? BEGAN.there : BEGAN.here;
}

/** Throws a WeirError where there is no table of sockets to read. */
export function startProc(proc = '/proc'): HostBackend {
  if (readInterfaceTotals(`${proc}/self/net/dev`).length === 0)
    throw new WeirError('unsupported', `${proc}/self/net cannot be read`);
  return new ProcBackend(proc);
}
