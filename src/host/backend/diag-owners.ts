import { type DiagSocket, findSocketHolders, readProcess } from '../../system/index.ts';
import type { SocketOwner } from './host-backend.ts';
import { TimeShare } from './time-share.ts';

/** Owners, and sockets whose owner is looked for, at most. */
const MAX_SOCKETS = 65_536;
/** Looking through the descriptors of all processes may take this share of the time. */
const SHARE = 0.02;
/** What of it is kept: connections that begin one after the other, each shorter than a look can wait, have their process. */
const KEPT_MS = 200;
/** A process that takes a socket over from one that ends is not seen in the midst of it. */
const LOOKS = 2;

interface Wanted {
  readonly owner: SocketOwner;
  readonly inode: number;
  looks: number;
}

/** Finds the processes of sockets that exist: from the inode of the socket to the process that has it among its descriptors. */
export class DiagOwners {
  private readonly owners = new Map<number, SocketOwner>();
  /** By cookie. */
  private readonly wanted = new Map<number, Wanted>();
  private readonly share: TimeShare;
  /** Processes that could not be looked at the last time. */
  private unreadable = 0;
  private readonly proc: string;

  constructor(proc = '/proc', share = new TimeShare(SHARE, KEPT_MS)) {
    this.proc = proc;
    this.share = share;
  }

  /** What cannot be found, in words for people. */
  get notes(): readonly string[] {
    if (this.unreadable === 0) return [];
    return ['sockets of other users have no process: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH would show it'];
  }

  get(cookie: number): SocketOwner | null {
    return this.owners.get(cookie) ?? null;
  }

  /** A socket whose process is to be found. */
  want({ cookie, inode, uid, cgroup }: Pick<DiagSocket, 'cookie' | 'inode' | 'uid' | 'cgroup'>): void {
    if (inode === 0 || this.wanted.size >= MAX_SOCKETS || this.owners.has(cookie)) return;
    if (this.wanted.has(cookie)) return;
    const owner: SocketOwner = { pid: 0, uid, comm: '', cgroup, source: 'none', released: false };
    this.wanted.set(cookie, { owner, inode, looks: 0 });
  }

  /** Looks for all that are wanted, unless that took too much of the time lately. What is not found has a user, and no process. */
  resolve(nowMs: number): void {
    if (!this.share.allows(nowMs) || this.wanted.size === 0) return;
    this.share.spend(() => this.look());
  }

  /** The socket was closed: nobody has it any more. */
  release(cookie: number, unknown: SocketOwner): void {
    const owner = this.owners.get(cookie) ?? this.wanted.get(cookie)?.owner ?? unknown;
    this.wanted.delete(cookie);
    this.keep(cookie, { ...owner, released: true });
  }

  forget(cookie: number): void {
    this.owners.delete(cookie);
    this.wanted.delete(cookie);
  }

  private look(): void {
    const inodes = new Set<number>();
    for (const { inode } of this.wanted.values()) inodes.add(inode);
    const { pids, unreadable } = findSocketHolders(inodes, undefined, this.proc);
    this.unreadable = unreadable;
    const comms = new Map<number, string>();
    for (const [cookie, wanted] of this.wanted) {
      const pid = pids.get(wanted.inode);
      wanted.looks += 1;
      if (pid === undefined) {
        this.keep(cookie, wanted.owner);
        if (wanted.looks >= LOOKS) this.wanted.delete(cookie);
        continue;
      }
      const comm = comms.get(pid) ?? readProcess(pid, this.proc)?.comm ?? '';
      comms.set(pid, comm);
      this.keep(cookie, { ...wanted.owner, pid, comm, source: 'diag' });
      this.wanted.delete(cookie);
    }
  }

  private keep(cookie: number, owner: SocketOwner): void {
    this.owners.delete(cookie);
    this.owners.set(cookie, owner);
    if (this.owners.size > MAX_SOCKETS) this.owners.delete(this.owners.keys().next().value!);
  }
}
