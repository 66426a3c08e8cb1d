import { asWeirError } from '../../base/index.ts';
import {
  bootMs,
  type ClosedSockets,
  type DiagSocket,
  IPPROTO_TCP,
  IPPROTO_UDP,
  lookIntoNamespaces,
  openClosedSockets,
  openSockDiag,
  type SockDiag,
} from '../../system/index.ts';
import { ConnectionFacts } from './connection-facts.ts';
import { DiagOwners } from './diag-owners.ts';
import type { HostBackend, HostTotals, SocketOwner } from './host-backend.ts';
import type { SocketSweep } from './socket-sweep.ts';

/** Sockets are listed so often; seldomer where a list takes more than this share of the time. */
const LIST_MS = 5_000;
const LIST_SHARE = 0.01;
/** Sockets whose owner is asked for and that no list has had yet. */
const MAX_ASKED = 16_384;

/**
 * Joins what another backend counts with what sock_diag knows of the same sockets, by their cookie: round-trip time and retransmits, and the
 * processes of sockets that existed before the other one began, or of which it never saw the process.
 */
class DiagJoin implements HostBackend {
  readonly level: HostBackend['level'];
  readonly byteLayer: HostBackend['byteLayer'];
  readonly notes: readonly string[];
  private readonly backend: HostBackend;
  private readonly diag: SockDiag;
  private readonly closed: ClosedSockets | null;
  private readonly facts = new ConnectionFacts();
  private readonly owners = new DiagOwners();
  private readonly asked = new Set<number>();
  /** Of the clock that nobody sets. */
  private nextListMs = Number.NEGATIVE_INFINITY;

  constructor(
    backend: HostBackend,
    diag: SockDiag,
    closed: ClosedSockets | null,
    notes: readonly string[] = [],
    elsewhere: (want: (socket: DiagSocket) => void) => readonly string[] = () => [],
  ) {
    this.backend = backend;
    this.level = backend.level;
    this.byteLayer = backend.byteLayer;
    this.diag = diag;
    this.closed = closed;
    const want = (socket: DiagSocket) => this.owners.want(socket);
    for (const protocol of [IPPROTO_TCP, IPPROTO_UDP]) this.list(protocol, want);
    this.notes = [...backend.notes, ...notes, ...elsewhere(want)];
    this.owners.resolve(bootMs());
    if (backend.retireEntries) this.retireEntries = (over, forgotten) => backend.retireEntries?.(over, forgotten);
    if (backend.failures) this.failures = backend.failures.bind(backend);
    if (backend.serverName) this.serverName = backend.serverName.bind(backend);
  }

  readonly retireEntries?: (over: SocketSweep, forgotten: Uint8Array) => void;
  readonly failures?: NonNullable<HostBackend['failures']>;
  readonly serverName?: NonNullable<HostBackend['serverName']>;

  sweep(each: (part: SocketSweep) => void): void {
    this.refresh(bootMs());
    this.backend.sweep((part) => {
      this.fill(part);
      each(part);
    });
  }

  /** What the other backend saw itself counts, unless that is only who listened for the connection. */
  owner(cookie: number): SocketOwner | null {
    const seen = this.backend.owner(cookie);
    if (seen !== null && seen.pid > 0 && seen.source !== 'listener') return seen;
    const listed = this.owners.get(cookie);
    if (listed === null) {
      if (seen?.released !== true && this.asked.size < MAX_ASKED) this.asked.add(cookie);
      return seen;
    }
    if (listed.pid === 0 && seen !== null) return seen;
    return seen?.released === true ? { ...listed, released: true } : listed;
  }

  retire(cookies: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) {
      this.owners.forget(cookies[i]!);
      this.asked.delete(cookies[i]!);
    }
    this.backend.retire(cookies, count);
  }

  get namesLost(): number {
    return this.backend.namesLost ?? 0;
  }

  totals(): HostTotals | null {
    return this.backend.totals();
  }

  close(): void {
    this.diag.close();
    this.closed?.close();
    this.backend.close();
  }

  private refresh(nowMs: number): void {
    this.closed?.drain((socket) => this.learn(socket));
    if (nowMs < this.nextListMs) return;
    const began = performance.now();
    const take = (socket: DiagSocket) => {
      this.learn(socket);
      if (this.asked.has(socket.cookie)) this.owners.want(socket);
    };
    this.list(IPPROTO_TCP, take);
    if (this.asked.size > 0) this.list(IPPROTO_UDP, take);
    this.asked.clear();
    this.owners.resolve(nowMs);
    this.nextListMs = nowMs + Math.max(LIST_MS, (performance.now() - began) / LIST_SHARE);
  }

  /** A list that is refused once may be given the next time; the flows are counted without it. */
  private list(protocol: number, each: (socket: DiagSocket) => void): void {
    try {
      this.diag.list(protocol, each);
    } catch (error) {
      if (asWeirError(error).code !== 'system') throw error;
    }
  }

  private learn({ cookie, hasInfo, rttUs, retransmits }: DiagSocket): void {
    if (hasInfo && cookie !== 0) this.facts.set(cookie, rttUs, retransmits);
  }

  private fill(part: SocketSweep): void {
    const { facts } = this;
    for (let slot = 0; slot < part.count; slot++) {
      if (part.protocol[slot] !== IPPROTO_TCP || !facts.find(part.cookie[slot]!)) continue;
      part.rttUs[slot] = facts.rttUs;
      part.retransmits[slot] = facts.retransmits;
    }
  }
}

/** The backend with what sock_diag adds to it; where there is no sock_diag it goes on alone, and is not told apart but by a note. */
export function withSockDiag(backend: HostBackend): HostBackend {
  let diag: SockDiag | undefined;
  try {
    diag = openSockDiag();
    const { closed, notes } = closedSockets();
    return new DiagJoin(backend, diag, closed, notes, listElsewhere);
  } catch (error) {
    diag?.close();
    const why = asWeirError(error).message;
    return new DiagJoin(backend, NO_SOCKETS, null, [
      `without sock_diag (${why}): no round-trip time, no owners of sockets that were open before`,
    ]);
  }
}

/** Sockets that exist in other network namespaces, those of containers: once, while there are rights to enter them. Why not of some, in words for people. */
function listElsewhere(want: (socket: DiagSocket) => void): readonly string[] {
  const why = lookIntoNamespaces(() => {
    const diag = openSockDiag();
    try {
      for (const protocol of [IPPROTO_TCP, IPPROTO_UDP]) diag.list(protocol, want);
    } finally {
      // It would keep the namespace.
      diag.close();
    }
  });
  return why === null
    ? []
    : [
        `without a look into other network namespaces (${why}): sockets that were open there before have no process until it uses them`,
      ];
}

const NO_SOCKETS: SockDiag = {
  counts: { overruns: 0, malformed: 0, interrupted: 0 },
  list: () => {},
  close: () => {},
};

/** The announcements of closed sockets, or why there are none. */
export function closedSockets(): { closed: ClosedSockets | null; notes: readonly string[] } {
  try {
    return { closed: openClosedSockets(), notes: [] };
  } catch (error) {
    const why = asWeirError(error).message;
    return {
      closed: null,
      notes: [`without announcements of closed sockets (${why}): short connections have no round-trip time`],
    };
  }
}
