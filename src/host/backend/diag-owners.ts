import { bootMs, type DiagSocket, findSocketHolders, listProcesses, readProcess } from '../../system/index.ts';
import type { SocketOwner } from './host-backend.ts';
import { TimeShare } from './time-share.ts';

/** Owners, and sockets whose owner is looked for, at most. */
const MAX_SOCKETS = 65_536;
/** Looking through the descriptors of all processes may take this share of the time. */
const SHARE = 0.015;
/** The same of those that are likely to have a new socket: that had one before, or are new themselves. */
const LIKELY_SHARE = 0.01;
const MOST_LIKELY = 64;
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
  private readonly likelyShare = new TimeShare(LIKELY_SHARE, KEPT_MS);
  /** Processes that had a socket, the latest last. */
  private readonly holders = new Set<number>();
  /** Processes that were looked at. */
  private known = new Set<number>();
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
    const owner: SocketOwner = { pid: 0, uid, comm: '', cgroup, source: 'none', released: false, seenMs: 0 };
    this.wanted.set(cookie, { owner, inode, looks: 0 });
  }

  /** Looks for all that are wanted, unless that took too much of the time lately. What is not found has a user, and no process. */
  resolve(nowMs: number): void {
    const [mayLook, mayLookAtLikely] = [this.share.allows(nowMs), this.likelyShare.allows(nowMs)];
    if (this.wanted.size > 0 && mayLookAtLikely) this.likelyShare.spend(() => this.lookAtLikely());
    if (this.wanted.size > 0 && mayLook) this.share.spend(() => this.lookAtAll());
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

  private lookAtLikely(): void {
    const all = listProcesses(this.proc);
    const likely = all.filter((pid) => pid !== 1 && (this.holders.has(pid) || !this.known.has(pid)));
    this.known = new Set(all);
    const beganMs = bootMs();
    this.found(findSocketHolders(this.inodes(), likely, this.proc).pids, beganMs);
  }

  private lookAtAll(): void {
    const beganMs = bootMs();
    const { pids, unreadable } = findSocketHolders(this.inodes(), undefined, this.proc);
    this.unreadable = unreadable;
    this.found(pids, beganMs);
    for (const [cookie, wanted] of this.wanted) {
      wanted.looks += 1;
      this.keep(cookie, wanted.owner);
      if (wanted.looks >= LOOKS) this.wanted.delete(cookie);
    }
  }

  private inodes(): Set<number> {
    const inodes = new Set<number>();
    for (const { inode } of this.wanted.values()) inodes.add(inode);
    return inodes;
  }

  /** What it had when the look was over it had at some time since that began: a process that began meanwhile is not taken for sure. */
  private found(pids: ReadonlyMap<number, number>, beganMs: number): void {
    const comms = new Map<number, string>();
    for (const [cookie, { inode, owner }] of this.wanted) {
      const pid = pids.get(inode);
      if (pid === undefined) continue;
      const comm = comms.get(pid) ?? readProcess(pid, this.proc)?.comm ?? '';
      comms.set(pid, comm);
      this.keep(cookie, { ...owner, pid, comm, source: 'diag', seenMs: beganMs });
      this.wanted.delete(cookie);
      this.holders.delete(pid);
      this.holders.add(pid);
      if (this.holders.size > MOST_LIKELY) this.holders.delete(this.holders.values().next().value!);
    }
  }

  private keep(cookie: number, owner: SocketOwner): void {
    this.owners.delete(cookie);
    this.owners.set(cookie, owner);
    if (this.owners.size > MAX_SOCKETS) this.owners.delete(this.owners.keys().next().value!);
  }
}
