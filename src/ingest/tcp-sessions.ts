import type { Socket } from 'node:net';
import { type CounterSheet, RateLimit } from '../base/index.ts';
import type { TcpPeer } from '../system/index.ts';
import { CLOSE_CAUSES, type CloseCause, REFUSALS, type Refusal, type TcpCounter } from './tcp-counters.ts';
import { MessageCutter } from './tcp-messages.ts';

/** A bound on memory and descriptors; a router has one connection, or one for each of its line cards. */
export const MAX_CONNECTIONS = 1_024;
const MAX_PER_ADDRESS = 64;
/** A message that has begun is whole within this time, and the first one comes. */
const MESSAGE_MS = 60_000;
/** Exporters without traffic are silent; TCP itself finds those that are gone. */
const IDLE_MS = 3_600_000;
const KEEPALIVE_MS = 60_000;
const TOLD_ONCE_PER_MS = 60_000;

export interface SessionEvents {
  /** A whole message; `bytes` hold only until the call returns. */
  message(bytes: Uint8Array, at: number, length: number, peer: TcpPeer): void;
  /** The session is over: what its templates said holds for no other. */
  ended(peer: TcpPeer): void;
  /** For the log, at most once a minute for each address and cause. */
  problem(text: string): void;
}

interface Session {
  readonly socket: Socket;
  readonly peer: TcpPeer;
  readonly cutter: MessageCutter;
  messages: number;
  /** When the message that is not whole began, or the last whole one came, or the connection. */
  sinceMs: number;
  closed: boolean;
}

/**
 * The transport sessions of a TCP port (RFC 7011 section 10.4): one for each connection, bounded in number, for each address, in bytes held and
 * in time. Time is that of a monotonic clock in ms, told by the caller.
 */
export class TcpSessions {
  private readonly sessions = new Map<string, Session>();
  private readonly perAddress = new Map<string, number>();
  private readonly told = new RateLimit(TOLD_ONCE_PER_MS);
  private readonly counters: CounterSheet<TcpCounter>;
  private readonly events: SessionEvents;
  private readonly now: () => number;

  constructor(counters: CounterSheet<TcpCounter>, events: SessionEvents, now: () => number) {
    this.counters = counters;
    this.events = events;
    this.now = now;
  }

  get size(): number {
    return this.sessions.size;
  }

  accept(socket: Socket, peer: TcpPeer): void {
    // Errors after this are told by 'close'; without a listener one would end the thread.
    socket.on('error', () => {});
    const known = this.sessions.get(keyOf(peer));
    // The kernel gives a port again only when the connection before is gone, though its end may not have been told here yet.
    if (known) this.close(known, 'reset');
    if ((this.perAddress.get(peer.address) ?? 0) >= MAX_PER_ADDRESS) {
      this.refuse('address', peer.address);
      socket.destroy();
      return;
    }
    this.enter(socket, peer);
  }

  /** A connection that was not even taken. */
  refuse(cause: Refusal, address: string): void {
    this.counters.add(cause);
    this.tell(address, `refused: ${REFUSALS[cause]}`);
  }

  private enter(socket: Socket, peer: TcpPeer): void {
    const session: Session = {
      socket,
      peer,
      cutter: new MessageCutter((bytes, at, length) => {
        session.messages += 1;
        this.events.message(bytes, at, length, peer);
      }),
      messages: 0,
      sinceMs: this.now(),
      closed: false,
    };
    this.sessions.set(keyOf(peer), session);
    this.perAddress.set(peer.address, (this.perAddress.get(peer.address) ?? 0) + 1);
    this.counters.add('accepted');
    this.counters.set('open', this.sessions.size);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.on('data', (chunk: Buffer) => this.take(session, chunk));
    socket.on('end', () => this.close(session, session.cutter.amid ? 'cut' : 'ended'));
    socket.on('close', () => this.close(session, 'reset'));
  }

  private take(session: Session, chunk: Buffer): void {
    if (session.closed) return;
    const { cutter, messages } = session;
    const amid = cutter.amid;
    const fault = cutter.take(chunk);
    if (fault) this.close(session, fault);
    // Bytes of a message that began before do not make it younger.
    else if (session.messages > messages || !amid) session.sinceMs = this.now();
  }

  /** Closes what is overdue. */
  tick(): void {
    const now = this.now();
    for (const session of [...this.sessions.values()]) {
      const { cutter, messages, sinceMs } = session;
      const age = now - sinceMs;
      if (cutter.amid && age >= MESSAGE_MS) this.close(session, 'slow');
      else if (messages === 0 && age >= MESSAGE_MS) this.close(session, 'silent');
      else if (age >= IDLE_MS) this.close(session, 'idle');
    }
  }

  stop(): void {
    for (const session of [...this.sessions.values()]) this.close(session, 'stopped');
  }

  private close(session: Session, cause: CloseCause): void {
    if (session.closed) return;
    session.closed = true;
    const { socket, peer } = session;
    socket.destroy();
    this.sessions.delete(keyOf(peer));
    const left = this.perAddress.get(peer.address)! - 1;
    if (left > 0) this.perAddress.set(peer.address, left);
    else this.perAddress.delete(peer.address);
    this.counters.add(cause);
    this.counters.set('open', this.sessions.size);
    if (cause !== 'ended' && cause !== 'stopped') this.tell(peer.address, `closed: ${CLOSE_CAUSES[cause]}`);
    this.events.ended(peer);
  }

  private tell(address: string, what: string): void {
    const held = this.told.allow(`${address} ${what}`, this.now());
    if (held !== null)
      this.events.problem(`IPFIX over TCP from ${address} ${what}${held > 0 ? ` (${held} more like it)` : ''}`);
  }
}

function keyOf(peer: TcpPeer): string {
  return `${peer.address} ${peer.port}`;
}
