import type { KnownServer } from '../server-names/server-names.ts';
import type { FailedSocket } from './failed-sockets.ts';
import { type SocketSweep, UNKNOWN_UID } from './socket-sweep.ts';

/** How a process was found for a socket: the names of column `owner_source`. */
export type OwnerSource =
  | 'none'
  | 'create'
  | 'connect'
  | 'send'
  | 'receive'
  | 'accept'
  | 'io'
  | 'release'
  | 'listener'
  | 'diag'
  | 'proc'
  | 'interface';

/** The process that a socket belongs to, as far as its backend knows. */
export interface SocketOwner {
  /** 0 where only user or cgroup are known. */
  readonly pid: number;
  /** UNKNOWN_UID where it is not known. */
  readonly uid: number;
  /** Name of the thread that was seen: what is left when the process is gone. */
  readonly comm: string;
  /** Inode of the cgroup; 0 unknown. */
  readonly cgroup: number;
  readonly source: OwnerSource;
  /** The socket was closed by its last holder. */
  readonly released: boolean;
  /** When the process had the socket, in ms since the machine began: with the pid it names one process; 0 where none can be found by it. */
  readonly seenMs: number;
}

/** Of a socket whose process nobody has found. */
export const NO_OWNER: SocketOwner = {
  pid: 0,
  uid: UNKNOWN_UID,
  comm: '',
  cgroup: 0,
  source: 'none',
  released: false,
  seenMs: 0,
};

/** Counted apart from the table of flows, so that what the table lost (evicted entries) is known. */
export interface HostTotals {
  readonly txBytes: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly rxPackets: number;
}

/** One way to learn of the traffic of this host's sockets. */
export interface HostBackend {
  readonly level: 'ebpf' | 'sock_diag' | 'proc';
  /** What its bytes are: octets of IP packets, or payload. */
  readonly byteLayer: 'ip' | 'payload';
  /** It knows which flows there are, and not how much they carry: they have records without bytes. */
  readonly countless?: boolean;
  /** Why no better level, and which optional parts did not load, in words for people. */
  readonly notes: readonly string[];
  /** Calls `each` for parts of the table, one after the other; the same object is filled again. */
  sweep(each: (part: SocketSweep) => void): void;
  /** Sockets that were told before the last sweep why what they send goes no further; each once. */
  failures?(each: (socket: FailedSocket) => void): void;
  owner(cookie: number): SocketOwner | null;
  /** Sockets that are over: the backend may forget all that it has of them. */
  retire(cookies: Float64Array, count: number): void;
  /**
   * Single entries that are over, of sockets that go on: those of connections at the socket that listens for them. Only their keys and packets are filled. Those
   * that counted no more than that are forgotten, and have 1 in `forgotten`; others are in the next sweep.
   */
  retireEntries?(over: SocketSweep, forgotten: Uint8Array): void;
  /** Of the server at the other end of a socket's flow, whose address (four words) begins at `at`; undefined where none is known. */
  serverName?(cookie: number, words: ArrayLike<number>, at: number, port: number): KnownServer | undefined;
  /** Packets that may have had the name of a server and were not looked at, as there was no room for them, or no time. */
  readonly namesLost?: number;
  /** Null where there are none. */
  totals(): HostTotals | null;
  close(): void;
}

/** Names of a process as the columns want them; empty where unknown. */
export interface OwnerName {
  readonly process: string;
  readonly executable: string;
  readonly parent: string;
  readonly app: string;
  readonly user: string;
  readonly container: string;
  readonly vm: string;
}

/** Who a process is; remembered, so that a process that has ended is still named if it was seen. */
export interface OwnerNames {
  /** What cannot be told, in words for people. */
  readonly notes?: readonly string[];
  of(owner: SocketOwner): OwnerName;
  /** Takes notice of what happened to processes: at each sweep, before names are asked for. */
  follow?(): void;
}
