import { asWeirError } from '../../base/index.ts';
import {
  type BpfMap,
  type BpfObject,
  type BpfRingBuffer,
  closeCgroup,
  inFirstPidNamespace,
  openCgroup,
} from '../../system/index.ts';
import { type KnownServer, ServerNames } from '../server-names/server-names.ts';
import { attachPrograms, type ProgramOptions } from './attach-programs.ts';
import { type FailedSocket, FailedSockets } from './failed-sockets.ts';
import type { HostBackend, HostTotals, SocketOwner } from './host-backend.ts';
import { InterfaceMtus } from './interface-mtus.ts';
import { attachEvent } from './kernel-events.ts';
import { KernelFlows } from './kernel-flows.ts';
import { KernelOwners } from './kernel-owners.ts';
import { readTotals } from './kernel-totals.ts';
import { MonotonicClock } from './monotonic-clock.ts';
import type { SocketSweep } from './socket-sweep.ts';

export interface EbpfOptions extends ProgramOptions {
  /** Folder of a cgroup, whose processes alone are seen; else all of this host. */
  readonly cgroup?: string;
  /** Whether processes have the numbers here that the kernel has for them: not in a PID namespace of their own. */
  readonly samePids?: boolean;
}

/** Programs on the root of all cgroups. Throws a WeirError where the kernel, or its rights, do not allow it: the message says which. */
export function startEbpf(options: EbpfOptions = {}): EbpfBackend {
  const cgroup = openCgroup(options.cgroup);
  try {
    const notes: string[] = [];
    if (options.names) {
      try {
        return opened(attachPrograms(options, cgroup, notes), notes, options);
      } catch (error) {
        notes.splice(0, notes.length, `without names of servers: ${asWeirError(error).message}`);
      }
    }
    const nameless = { ...options, names: false };
    return opened(attachPrograms(nameless, cgroup, notes), notes, nameless);
  } finally {
    closeCgroup(cgroup);
  }
}

function opened(object: BpfObject, notes: string[], { names = false, samePids }: EbpfOptions): EbpfBackend {
  const why = attachEvent(object, 'on_socket_error');
  if (why !== null) notes.push(`without errors of sockets (${why}): what ICMP refuses is shown as unanswered`);
  const same = samePids ?? inFirstPidNamespace();
  if (!same) notes.push('in a PID namespace of its own: of processes only the names of their threads are known');
  return new EbpfBackend(object, notes, { names, errors: why === null, samePids: same });
}

/** What is there beside the counters. */
interface BackendParts {
  readonly names: boolean;
  readonly errors: boolean;
  readonly samePids: boolean;
}

/** Level 1: every packet of every socket, counted in the kernel. */
export class EbpfBackend implements HostBackend {
  readonly level = 'ebpf';
  readonly byteLayer = 'ip';
  readonly notes: readonly string[];
  private readonly object: BpfObject;
  private readonly flows: KernelFlows;
  private readonly owners: KernelOwners;
  private readonly sums: BpfMap;
  private readonly ring: BpfRingBuffer | null;
  private readonly failed: FailedSockets | null;
  private readonly names = new ServerNames({ groupOf: (cookie) => this.owner(cookie)?.cgroup ?? 0 });
  private readonly samePids: boolean;
  private readonly lost: BpfMap | null;
  private readonly mtus: InterfaceMtus;
  private readonly clock = new MonotonicClock();

  constructor(object: BpfObject, notes: readonly string[], parts: BackendParts) {
    this.object = object;
    this.notes = notes;
    this.flows = new KernelFlows(object);
    this.owners = new KernelOwners(object);
    this.sums = object.map('totals');
    this.mtus = new InterfaceMtus(object.map('mtus'), monotonicMs());
    this.samePids = parts.samePids;
    this.ring = parts.names ? object.ring('names') : null;
    this.lost = parts.names ? object.map('names_lost') : null;
    this.failed = parts.errors ? new FailedSockets(object.ring('failures')) : null;
  }

  sweep(each: (part: SocketSweep) => void): void {
    const clockMs = this.clock.offsetMs();
    const nowMs = monotonicMs();
    this.mtus.refresh(nowMs);
    this.failed?.take();
    this.ring?.read((at) => this.names.take(this.ring!.view, at));
    this.flows.sweep(nowMs, clockMs, each);
    this.flows.takeRetired(this.owners.forget);
  }

  failures(each: (socket: FailedSocket) => void): void {
    this.failed?.tell(this.clock.offsetMs(), each);
  }

  owner(cookie: number): SocketOwner | null {
    const owner = this.owners.of(cookie);
    // Who has that number here is somebody else: no process is looked for.
    return owner && !this.samePids ? { ...owner, seenMs: 0 } : owner;
  }

  /** They are removed at the next sweep, which does not tell of them again. */
  retire(cookies: Float64Array, count: number): void {
    this.flows.retire(cookies, count);
  }

  retireEntries(over: SocketSweep, forgotten: Uint8Array): void {
    this.flows.retireEntries(over, forgotten);
  }

  serverName(cookie: number, words: ArrayLike<number>, at: number, port: number): KnownServer | undefined {
    return this.ring ? this.names.nameOf(cookie, words, at, port) : undefined;
  }

  get namesLost(): number {
    this.lost?.keyBytes.fill(0);
    const value = this.lost?.lookup();
    const lost = value ? Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0, true)) : 0;
    return lost + this.names.counts.passedOver;
  }

  totals(): HostTotals {
    return readTotals(this.sums);
  }

  close(): void {
    this.object.close();
  }
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
