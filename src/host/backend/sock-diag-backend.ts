import { type Clock, systemClock } from '../../base/index.ts';
import {
  type ClosedSockets,
  type DiagSocket,
  IPPROTO_TCP,
  openSockDiag,
  SOCKET_STATE,
  type SockDiag,
} from '../../system/index.ts';
import { closedSockets } from './diag-join.ts';
import { DiagOwners } from './diag-owners.ts';
import { type HostBackend, NO_OWNER, type SocketOwner } from './host-backend.ts';
import { FLAG } from './outcome.ts';
import { BEGAN, type SocketSweep, UNKNOWN_UID } from './socket-sweep.ts';
import { SweepParts } from './sweep-parts.ts';

/** Connections that are remembered between sweeps. */
const MAX_CONNECTIONS = 131_072;

/** What is remembered of a connection: what it had sent and received before we began, and when we saw it first. */
interface Connection {
  readonly firstMs: number;
  readonly began: number;
  readonly before: Pick<DiagSocket, 'payloadSent' | 'payloadReceived' | 'segmentsSent' | 'segmentsReceived'>;
  sweep: number;
}

const NOTHING_BEFORE = { payloadSent: 0, payloadReceived: 0, segmentsSent: 0, segmentsReceived: 0 };

/** Level 2: payload of TCP connections as the kernel's TCP counts it, without any right; processes of those that last longer than a sweep. */
class SockDiagBackend implements HostBackend {
  readonly level = 'sock_diag';
  readonly byteLayer = 'payload';
  readonly notes: readonly string[];
  private readonly diag: SockDiag;
  private readonly closed: ClosedSockets | null;
  private readonly clock: Clock;
  private readonly owners = new DiagOwners();
  private readonly connections = new Map<number, Connection>();
  private readonly listening = new Set<number>();
  private readonly parts = new SweepParts();
  private sweeps = 0;

  constructor(diag: SockDiag, closed: ClosedSockets | null, notes: readonly string[], clock: Clock = systemClock) {
    this.diag = diag;
    this.closed = closed;
    this.clock = clock;
    const nowMs = clock.now();
    this.list((socket) => this.remember(socket, nowMs, { ...socket }));
    this.owners.resolve(nowMs);
    this.notes = [...notes, ...this.owners.notes];
  }

  sweep(each: (part: SocketSweep) => void): void {
    const nowMs = this.clock.now();
    this.sweeps += 1;
    this.parts.begin(each);
    // A connection that closes between the two is told with its last counters at the next sweep.
    const over = new Set<number>();
    this.closed?.drain((socket) => {
      if (socket.protocol !== IPPROTO_TCP || socket.remotePort === 0) return;
      over.add(socket.cookie);
      this.tell(socket, this.connections.get(socket.cookie) ?? this.unseen(socket, nowMs), nowMs);
      this.connections.delete(socket.cookie);
      this.owners.release(socket.cookie, NO_OWNER);
    });
    this.list((socket) => {
      if (!over.has(socket.cookie)) this.tell(socket, this.remember(socket, nowMs, NOTHING_BEFORE), nowMs);
    });
    this.parts.end();
    this.owners.resolve(nowMs);
    for (const [cookie, { sweep }] of this.connections) if (sweep < this.sweeps - 1) this.connections.delete(cookie);
  }

  owner(cookie: number): SocketOwner | null {
    return this.owners.get(cookie);
  }

  retire(cookies: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) this.owners.forget(cookies[i]!);
  }

  totals(): null {
    return null;
  }

  close(): void {
    this.diag.close();
    this.closed?.close();
  }

  /** Connections; the ports that are listened to are noted. */
  private list(each: (socket: DiagSocket) => void): void {
    this.diag.list(IPPROTO_TCP, (socket) => {
      if (socket.state === SOCKET_STATE.listen) this.listening.add(socket.localPort);
      else if (socket.remotePort !== 0 && socket.cookie !== 0) each(socket);
    });
  }

  private remember(socket: DiagSocket, nowMs: number, before: Connection['before']): Connection {
    const known = this.connections.get(socket.cookie) ?? this.unseen(socket, nowMs, before);
    known.sweep = this.sweeps;
    if (this.connections.size < MAX_CONNECTIONS) this.connections.set(socket.cookie, known);
    this.owners.want(socket);
    return known;
  }

  private unseen({ localPort }: DiagSocket, nowMs: number, before: Connection['before'] = NOTHING_BEFORE): Connection {
    const began = this.listening.has(localPort) ? BEGAN.there : BEGAN.here;
    return { firstMs: nowMs, began, before, sweep: this.sweeps };
  }

  private tell(socket: DiagSocket, known: Connection, nowMs: number): void {
    if (!socket.hasInfo) return;
    const { part } = this.parts;
    const { before, firstMs } = known;
    const lastMs = Math.max(firstMs, nowMs - socket.silentMs);
    const slot = this.parts.takeSocket(socket, socket.cookie, firstMs, lastMs);
    part.ifIndex[slot] = socket.ifIndex;
    part.txBytes[slot] = Math.max(0, socket.payloadSent - before.payloadSent);
    part.rxBytes[slot] = Math.max(0, socket.payloadReceived - before.payloadReceived);
    part.txPackets[slot] = Math.max(0, socket.segmentsSent - before.segmentsSent);
    part.rxPackets[slot] = Math.max(0, socket.segmentsReceived - before.segmentsReceived);
    flags(socket, known.began, part, slot);
    part.began[slot] = known.began;
    part.cgroup[slot] = socket.cgroup;
    part.uid[slot] = socket.inode === 0 ? UNKNOWN_UID : socket.uid;
    part.rttUs[slot] = socket.rttUs;
    part.retransmits[slot] = socket.retransmits;
  }
}

/**
 * Flags that must have been seen, as far as an outcome follows from them: acknowledgements both ways of what is established, which whoever was called
 * is; else a SYN, and a reset where something answered. The SYN of what is established is left out: it may have been before we began.
 */
function flags(
  { acked, payloadReceived, segmentsReceived }: DiagSocket,
  began: number,
  part: SocketSweep,
  slot: number,
): void {
  const established = began === BEGAN.there || acked > 0 || payloadReceived > 0;
  part.txFlags[slot] = established ? FLAG.ack : FLAG.syn;
  part.rxFlags[slot] = established ? FLAG.ack : segmentsReceived > 0 ? FLAG.rst | FLAG.ack : 0;
}

/** Throws a WeirError where the kernel gives no list of sockets, or this machine no way to ask for it. */
export function startSockDiag(): HostBackend {
  const diag = openSockDiag();
  try {
    const { closed, notes } = closedSockets();
    return new SockDiagBackend(diag, closed, [
      'sock_diag: payload of TCP only, no UDP; who had a connection shorter than a second is not known',
      ...notes,
    ]);
  } catch (error) {
    diag.close();
    throw error;
  }
}
