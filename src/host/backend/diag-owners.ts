import { type DiagSocket, findSocketHolders, readProcess } from '../../system/index.ts';
import type { SocketOwner } from './host-backend.ts';

/** Owners, and sockets whose owner is looked for, at most. */
const MAX_SOCKETS = 65_536;
/** Looking through the descriptors of all processes may take this share of the time. */
const SHARE = 0.02;

/** Finds the processes of sockets that exist: from the inode of the socket to the process that has it among its descriptors. */
export class DiagOwners {
  private readonly owners = new Map<number, SocketOwner>();
  private readonly wanted = new Map<number, SocketOwner & { readonly cookie: number }>();
  private nextMs = Number.NEGATIVE_INFINITY;
  /** Processes that could not be looked at the last time. */
  private unreadable = 0;
  private readonly proc: string;

  constructor(proc = '/proc') {
    this.proc = proc;
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
    this.wanted.set(inode, { cookie, pid: 0, uid, comm: '', cgroup, source: 'none', released: false });
  }

  /** Looks for all that are wanted, unless it did so a moment ago. What is not found then has a user, and no process. */
  resolve(nowMs: number): void {
    if (this.wanted.size === 0 || nowMs < this.nextMs) return;
    const began = performance.now();
    const { pids, unreadable } = findSocketHolders(new Set(this.wanted.keys()), undefined, this.proc);
    this.unreadable = unreadable;
    const comms = new Map<number, string>();
    for (const [inode, { cookie, ...owner }] of this.wanted) {
      const pid = pids.get(inode);
      if (pid === undefined) {
        this.keep(cookie, owner);
        continue;
      }
      const comm = comms.get(pid) ?? readProcess(pid, this.proc)?.comm ?? '';
      comms.set(pid, comm);
      this.keep(cookie, { ...owner, pid, comm, source: 'diag' });
    }
    this.wanted.clear();
    this.nextMs = nowMs + (performance.now() - began) / SHARE;
  }

  /** The socket was closed. */
  release(cookie: number, unknown: SocketOwner): void {
    this.keep(cookie, { ...(this.owners.get(cookie) ?? unknown), released: true });
  }

  forget(cookie: number): void {
    this.owners.delete(cookie);
  }

  private keep(cookie: number, owner: SocketOwner): void {
    this.owners.delete(cookie);
    this.owners.set(cookie, owner);
    if (this.owners.size > MAX_SOCKETS) this.owners.delete(this.owners.keys().next().value!);
  }
}
