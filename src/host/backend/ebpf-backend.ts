import { asWeirError } from '../../base/index.ts';
import {
  type BpfBatch,
  type BpfMap,
  BpfObject,
  type BpfRingBuffer,
  closeCgroup,
  inFirstPidNamespace,
  openCgroup,
} from '../../system/index.ts';
import { ServerNames } from '../server-names/server-names.ts';
import { PROGRAM_FILES, type ProgramFile, readPrograms } from './bpf-programs.ts';
import { type FailedSocket, FailedSockets } from './failed-sockets.ts';
import { cookieOf, FLOW_KEY_WORDS, hasCounted, lastMsOf, takeFlow, writeKey } from './flow-entry.ts';
import type { HostBackend, HostTotals, SocketOwner } from './host-backend.ts';
import { InterfaceMtus } from './interface-mtus.ts';
import { attachEvent } from './kernel-events.ts';
import { MonotonicClock } from './monotonic-clock.ts';
import { readOwner } from './owner-entry.ts';
import { newSocketSweep, type SocketSweep } from './socket-sweep.ts';

/** Flows without packets for so long are forgotten, whether they were retired or not. */
const SILENT_MS = 600_000;
const TOTALS_BYTES = 32;
/** How far behind the clock of last packets may be. */
const COARSE_MS = 20;

export interface EbpfOptions {
  /** Folder of a cgroup, whose processes alone are seen; else all of this host. */
  readonly cgroup?: string;
  /** Flows, and owners of sockets, that the kernel keeps at most. */
  readonly entries?: number;
  /** Whether to learn names of servers, from the first bytes of payload: answers of DNS, ClientHello of TLS and QUIC. */
  readonly names?: boolean;
  /** Whether processes have the numbers here that the kernel has for them: not in a PID namespace of their own. */
  readonly samePids?: boolean;
}

/** Attached before those that count: the first packet that is counted has an owner. */
const SOCKET_PROGRAMS = [
  'own_create',
  'own_connect4',
  'own_connect6',
  'own_send4',
  'own_send6',
  'own_receive4',
  'own_receive6',
  'own_release',
];

const COUNT_PROGRAMS = ['count_egress', 'count_ingress'];
const NAME_PROGRAMS = ['name_egress', 'name_ingress'];
const NAME_MAPS = [
  ['names', null],
  ['name_place', null],
  ['names_lost', null],
] as const;

/** Programs on the root of all cgroups. Throws a WeirError where the kernel, or its rights, do not allow it: the message says which. */
export function startEbpf(options: EbpfOptions = {}): EbpfBackend {
  const cgroup = openCgroup(options.cgroup);
  try {
    const notes: string[] = [];
    if (options.names) {
      try {
        return opened(load(options, cgroup, notes), notes, options);
      } catch (error) {
        notes.splice(0, notes.length, `without names of servers: ${asWeirError(error).message}`);
      }
    }
    const nameless = { ...options, names: false };
    return opened(load(nameless, cgroup, notes), notes, nameless);
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

function load(options: EbpfOptions, cgroup: number, notes: string[]): BpfObject {
  const [usual, older] = PROGRAM_FILES;
  try {
    return loadFile(usual, options, cgroup, notes);
  } catch (error) {
    // The kernel before 5.11 does not know the coarse clock. Where it is something else, the other object fails alike.
    if (asWeirError(error).code !== 'system') throw error;
    try {
      return loadFile(older, options, cgroup, notes);
    } catch {
      throw error;
    }
  }
}

function loadFile(file: ProgramFile, { entries, names }: EbpfOptions, cgroup: number, notes: string[]): BpfObject {
  const maps = new Map([
    ['flows', entries ?? null],
    ['owners', entries ?? null],
    ['totals', null],
    ['mtus', null],
    ['failures', null],
    ...(names ? NAME_MAPS : []),
  ]);
  const object = new BpfObject(readPrograms(file), { maps, cgroup });
  try {
    for (const name of SOCKET_PROGRAMS) object.attach(name);
    for (const name of names ? NAME_PROGRAMS : COUNT_PROGRAMS) object.attach(name);
  } catch (error) {
    object.close();
    throw error;
  }
  const io = object.tryAttach('own_sent') ?? object.tryAttach('own_received');
  if (io)
    notes.push(
      `without tracepoints of sockets (${io.message}): who serves an accepted connection is known when it is closed`,
    );
  if (object.tryAttach('own_accept2') && object.tryAttach('own_accept4') && io)
    notes.push('without accept: until then it is who listened');
  return object;
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
  private readonly flow: BpfMap;
  private readonly flows: BpfBatch;
  private readonly flowKeys: Uint32Array;
  private readonly flowValues: Uint32Array;
  private readonly gone: BpfBatch;
  private readonly goneKeys: Uint32Array;
  private goneCount = 0;
  private readonly goneOwners: BpfBatch;
  private readonly owners: BpfMap;
  private readonly ownerKey: DataView;
  private readonly sums: BpfMap;
  private readonly part: SocketSweep;
  private readonly ring: BpfRingBuffer | null;
  private readonly failed: FailedSockets | null;
  private readonly names = new ServerNames({ groupOf: (cookie) => this.owner(cookie)?.cgroup ?? 0 });
  private readonly samePids: boolean;
  private readonly lost: BpfMap | null;
  private readonly retired = new Set<number>();
  private readonly mtus: InterfaceMtus;
  /** When the last sweep began, and the one after which sockets were retired: ms of the monotonic clock. */
  private sweptMs = 0;
  private retiredMs = 0;
  private readonly clock = new MonotonicClock();

  constructor(object: BpfObject, notes: readonly string[], parts: BackendParts) {
    this.object = object;
    this.notes = notes;
    this.flow = object.map('flows');
    this.flows = object.batch('flows');
    this.flowKeys = words(this.flows.keys);
    this.flowValues = words(this.flows.values);
    this.gone = object.batch('flows');
    this.goneKeys = words(this.gone.keys);
    this.goneOwners = object.batch('owners');
    this.owners = object.map('owners');
    this.ownerKey = new DataView(this.owners.keyBytes.buffer);
    this.sums = object.map('totals');
    this.mtus = new InterfaceMtus(object.map('mtus'), monotonicMs());
    this.part = newSocketSweep(this.flows.room);
    this.samePids = parts.samePids;
    this.ring = parts.names ? object.ring('names') : null;
    this.lost = parts.names ? object.map('names_lost') : null;
    this.failed = parts.errors ? new FailedSockets(object.ring('failures')) : null;
  }

  sweep(each: (part: SocketSweep) => void): void {
    const { part, flowKeys, flowValues } = this;
    const clockMs = this.clock.offsetMs();
    const nowMs = monotonicMs();
    this.mtus.refresh(nowMs);
    this.sweptMs = nowMs;
    this.failed?.take();
    this.ring?.read((at) => this.names.take(this.ring!.view, at));
    this.flows.read((count) => {
      part.count = 0;
      for (let entry = 0; entry < count; entry++) {
        const silentMs = nowMs - lastMsOf(flowValues, entry);
        // What a socket counted after it was retired is told, and it is retired once more.
        if (silentMs > SILENT_MS || (this.isRetired(entry) && silentMs > nowMs - this.retiredMs + COARSE_MS))
          this.forget(entry);
        else takeFlow(flowKeys, flowValues, entry, clockMs, part);
      }
      if (part.count > 0) each(part);
    });
    this.forgetNow();
    this.forgetOwners();
  }

  failures(each: (socket: FailedSocket) => void): void {
    this.failed?.tell(this.clock.offsetMs(), each);
  }

  owner(cookie: number): SocketOwner | null {
    this.ownerKey.setUint32(0, cookie % 0x1_0000_0000, true);
    this.ownerKey.setUint32(4, cookie / 0x1_0000_0000, true);
    const value = this.owners.lookup();
    const owner = value && readOwner(value);
    // Who has that number here is somebody else: no process is looked for.
    return owner && !this.samePids ? { ...owner, seenMs: 0 } : owner;
  }

  /** They are removed at the next sweep, which does not tell of them again. */
  retire(cookies: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) this.retired.add(cookies[i]!);
    this.retiredMs = this.sweptMs;
  }

  retireEntries(over: SocketSweep, forgotten: Uint8Array): void {
    const key = words(this.flow.keyBytes);
    for (let slot = 0; slot < over.count; slot++) {
      writeKey(over, slot, key, 0);
      const value = this.flow.lookup();
      // A port that was given to a new connection at once may count in it again.
      forgotten[slot] = value === null || hasCounted(words(value), over, slot) ? 1 : 0;
      if (value === null || forgotten[slot] === 0) continue;
      this.goneKeys.set(key, this.goneCount * FLOW_KEY_WORDS);
      this.forgotten();
    }
    this.forgetNow();
  }

  serverName(cookie: number, words: ArrayLike<number>, at: number, port: number): string | undefined {
    return this.ring ? this.names.nameOf(cookie, words, at, port) : undefined;
  }

  get namesLost(): number {
    this.lost?.keyBytes.fill(0);
    const value = this.lost?.lookup();
    const lost = value ? Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0, true)) : 0;
    return lost + this.names.counts.passedOver;
  }

  totals(): HostTotals {
    this.sums.keyBytes.fill(0);
    const sum = { txBytes: 0, txPackets: 0, rxBytes: 0, rxPackets: 0 };
    const value = this.sums.lookup();
    if (!value) return sum;
    const view = new DataView(value.buffer);
    const at = (offset: number) => Number(view.getBigUint64(offset, true));
    for (let cpu = 0; cpu < value.length; cpu += TOTALS_BYTES) {
      sum.txBytes += at(cpu);
      sum.txPackets += at(cpu + 8);
      sum.rxBytes += at(cpu + 16);
      sum.rxPackets += at(cpu + 24);
    }
    return sum;
  }

  close(): void {
    this.object.close();
  }

  private isRetired(entry: number): boolean {
    return this.retired.size > 0 && this.retired.has(cookieOf(this.flowKeys, entry));
  }

  private forget(entry: number): void {
    const from = entry * FLOW_KEY_WORDS;
    this.goneKeys.set(this.flowKeys.subarray(from, from + FLOW_KEY_WORDS), this.goneCount * FLOW_KEY_WORDS);
    this.forgotten();
  }

  private forgotten(): void {
    this.goneCount += 1;
    if (this.goneCount === this.gone.room) this.forgetNow();
  }

  private forgetNow(): void {
    this.gone.remove(this.goneCount);
    this.goneCount = 0;
  }

  private forgetOwners(): void {
    const { goneOwners, retired } = this;
    const keys = new DataView(goneOwners.keys.buffer);
    let count = 0;
    for (const cookie of retired) {
      keys.setUint32(8 * count, cookie % 0x1_0000_0000, true);
      keys.setUint32(8 * count + 4, cookie / 0x1_0000_0000, true);
      count += 1;
      if (count === goneOwners.room) {
        goneOwners.remove(count);
        count = 0;
      }
    }
    goneOwners.remove(count);
    retired.clear();
  }
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, 0, bytes.length / 4);
}
