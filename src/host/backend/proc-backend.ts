import { type Clock, systemClock, WeirError } from '../../base/index.ts';
import {
  type InterfaceTotals,
  listProcSockets,
  type ProcSocket,
  readInterfaceTotals,
  SOCKET_STATE,
} from '../../system/index.ts';
import { DiagOwners } from './diag-owners.ts';
import { type HostBackend, NO_OWNER, type SocketOwner } from './host-backend.ts';
import { FLAG, TCP } from './outcome.ts';
import { BEGAN, type SocketSweep } from './socket-sweep.ts';
import { SweepParts } from './sweep-parts.ts';

/** Sockets that are remembered between sweeps. */
const MAX_SOCKETS = 65_536;
/** What stands for the cookie of an interface: above all inodes. */
const INTERFACES = 2 ** 52;

interface Seen {
  readonly firstMs: number;
  readonly uid: number;
  sweep: number;
}

/**
 * Level 3, from files alone, on any machine: which flows there are and whose, without what they carry; and what interfaces carry, without whose it
 * is. The inode of a socket stands for its cookie.
 */
export class ProcBackend implements HostBackend {
  readonly level = 'proc';
  readonly byteLayer = 'ip';
  readonly countless = true;
  private readonly net: string;
  private readonly clock: Clock;
  private readonly owners: DiagOwners;
  private readonly seen = new Map<number, Seen>();
  private readonly listening = new Set<number>();
  private readonly parts = new SweepParts();
  private readonly before: ReadonlyMap<string, InterfaceTotals>;
  private readonly beganMs: number;
  private sweeps = 0;

  constructor(proc = '/proc', clock: Clock = systemClock) {
    this.net = `${proc}/self/net`;
    this.clock = clock;
    this.owners = new DiagOwners(proc);
    this.beganMs = clock.now();
    this.before = new Map(this.interfaces().map((one) => [one.name, one]));
  }

  get notes(): readonly string[] {
    return [
      'proc: which connections there are, and whose; how much is carried is known of interfaces only',
      ...this.owners.notes,
    ];
  }

  sweep(each: (part: SocketSweep) => void): void {
    const nowMs = this.clock.now();
    const { parts } = this;
    this.sweeps += 1;
    parts.begin(each);
    listProcSockets((socket) => {
      if (socket.protocol === TCP && socket.state === SOCKET_STATE.listen) this.listening.add(socket.localPort);
      if (socket.inode !== 0 && socket.remotePort !== 0) this.tell(socket, nowMs);
    }, this.net);
    for (const one of this.interfaces()) this.tellInterface(one, nowMs);
    parts.end();
    this.owners.resolve(nowMs);
    for (const [inode, { sweep }] of this.seen) if (sweep < this.sweeps) this.forget(inode);
  }

  owner(cookie: number): SocketOwner | null {
    if (cookie > INTERFACES) return { ...NO_OWNER, source: 'interface' };
    const owner = this.owners.get(cookie);
    if (owner !== null && owner.pid > 0) return { ...owner, source: 'proc' };
    const seen = this.seen.get(cookie);
    return seen === undefined ? owner : { ...NO_OWNER, uid: seen.uid };
  }

  retire(cookies: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) this.forget(cookies[i]!);
  }

  /** What interfaces carry is told with the rest. */
  totals(): null {
    return null;
  }

  close(): void {
    this.seen.clear();
  }

  private tell(socket: ProcSocket, nowMs: number): void {
    const { parts } = this;
    const { part } = parts;
    const seen = this.seen.get(socket.inode) ?? { firstMs: nowMs, uid: socket.uid, sweep: 0 };
    seen.sweep = this.sweeps;
    if (this.seen.size < MAX_SOCKETS) this.seen.set(socket.inode, seen);
    this.owners.want({ cookie: socket.inode, inode: socket.inode, uid: socket.uid, cgroup: 0 });
    const slot = parts.takeSocket(socket, socket.inode, seen.firstMs, nowMs);
    part.uid[slot] = socket.uid;
    if (socket.protocol !== TCP) return;
    part.began[slot] = this.listening.has(socket.localPort) ? BEGAN.there : BEGAN.here;
    // What is established has had acknowledgements both ways.
    const asked = socket.state === SOCKET_STATE.synSent;
    part.txFlags[slot] = asked ? FLAG.syn : FLAG.ack;
    part.rxFlags[slot] = asked ? 0 : FLAG.ack;
  }

  /** A flow without ends, which has what the interface carried since we began, but for its link layer. */
  private tellInterface(now: InterfaceTotals, nowMs: number): void {
    const { part } = this.parts;
    const before = this.before.get(now.name);
    const slot = this.parts.take(INTERFACES + now.index, this.beganMs, nowMs);
    part.ifIndex[slot] = now.index;
    const txPackets = Math.max(0, now.txPackets - (before?.txPackets ?? 0));
    const rxPackets = Math.max(0, now.rxPackets - (before?.rxPackets ?? 0));
    part.txPackets[slot] = txPackets;
    part.rxPackets[slot] = rxPackets;
    part.txBytes[slot] = Math.max(0, now.txBytes - (before?.txBytes ?? 0) - txPackets * now.linkHeaderBytes);
    part.rxBytes[slot] = Math.max(0, now.rxBytes - (before?.rxBytes ?? 0) - rxPackets * now.linkHeaderBytes);
  }

  /** Those with a device behind them: what goes over the others goes over these as well. Where none has one (in a container), all. */
  private interfaces(): InterfaceTotals[] {
    const all = readInterfaceTotals(`${this.net}/dev`).filter((one) => one.name !== 'lo');
    const real = all.filter((one) => one.hasDevice);
    return real.length > 0 ? real : all;
  }

  private forget(inode: number): void {
    this.seen.delete(inode);
    this.owners.forget(inode);
  }
}

/** Throws a WeirError where there is no table of sockets to read. */
export function startProc(proc = '/proc'): HostBackend {
  if (readInterfaceTotals(`${proc}/self/net/dev`).length === 0)
    throw new WeirError('unsupported', `${proc}/self/net cannot be read`);
  const backend = new ProcBackend(proc);
  // Whose sockets are, and what cannot be known of that, is known once they were looked at.
  backend.sweep(() => {});
  return backend;
}
