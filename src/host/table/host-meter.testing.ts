import { parseAddress } from '../../flow/index.ts';
import type { HostBackend, HostTotals, OwnerName, OwnerNames, SocketOwner } from '../backend/host-backend.ts';
import { newSocketSweep, type SocketSweep, UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { HostMeter } from './host-meter.ts';
import type { HostRecord } from './host-record.ts';

/** One entry of a sweep as a test writes it; what is absent is 0. */
export interface Entry {
  cookie: number;
  handshake?: true;
  local: string;
  remote: string;
  localPort?: number;
  remotePort?: number;
  protocol?: number;
  tx?: [bytes: number, packets: number];
  rx?: [bytes: number, packets: number];
  txFlags?: number;
  rxFlags?: number;
  began?: number;
  firstMs?: number;
  lastMs?: number;
  setupUs?: number;
  responseUs?: number;
  rttUs?: number;
  retransmits?: number;
}

/** Sweeps that were written down, played to a meter. */
class RecordedBackend implements HostBackend {
  readonly level: HostBackend['level'];
  readonly byteLayer = 'ip';
  readonly notes = [];
  entries: Entry[] = [];
  readonly owners = new Map<number, SocketOwner>();
  counted: HostTotals | null = null;
  readonly retired: number[] = [];
  readonly retiredEntries: string[] = [];

  constructor(level: HostBackend['level'] = 'ebpf') {
    this.level = level;
  }

  sweep(each: (part: SocketSweep) => void): void {
    const part = newSocketSweep(Math.max(1, this.entries.length));
    part.count = this.entries.length;
    this.entries.forEach((entry, i) => {
      put(part, i, entry);
    });
    each(part);
  }

  owner(cookie: number): SocketOwner | null {
    return this.owners.get(cookie) ?? null;
  }

  retire(cookies: Float64Array, count: number): void {
    this.retired.push(...cookies.subarray(0, count));
  }

  /** None is forgotten before the test takes it from `entries`. */
  retireEntries(over: SocketSweep): void {
    for (let i = 0; i < over.count; i++)
      this.retiredEntries.push(`${over.cookie[i]} ${over.localPort[i]} ${over.remotePort[i]}`);
  }

  totals(): HostTotals | null {
    return this.counted;
  }

  close(): void {}

  own(cookie: number, pid: number, comm: string, released = false): void {
    this.owners.set(cookie, { pid, uid: 1_000, comm, cgroup: 0, source: 'connect', released, seenMs: 0 });
  }
}

function put(part: SocketSweep, i: number, entry: Entry): void {
  part.cookie[i] = entry.cookie;
  part.handshake[i] = entry.handshake ? 1 : 0;
  part.local.set(parseAddress(entry.local)!, 4 * i);
  part.remote.set(parseAddress(entry.remote)!, 4 * i);
  part.localPort[i] = entry.localPort ?? 0;
  part.remotePort[i] = entry.remotePort ?? 0;
  part.protocol[i] = entry.protocol ?? 6;
  part.txBytes[i] = entry.tx?.[0] ?? 0;
  part.txPackets[i] = entry.tx?.[1] ?? 0;
  part.rxBytes[i] = entry.rx?.[0] ?? 0;
  part.rxPackets[i] = entry.rx?.[1] ?? 0;
  part.firstMs[i] = entry.firstMs ?? 1_000;
  part.lastMs[i] = entry.lastMs ?? entry.firstMs ?? 1_000;
  part.txFlags[i] = entry.txFlags ?? 0;
  part.rxFlags[i] = entry.rxFlags ?? 0;
  part.setupUs[i] = entry.setupUs ?? 0;
  part.responseUs[i] = entry.responseUs ?? 0;
  part.began[i] = entry.began ?? 0;
  part.uid[i] = UNKNOWN_UID;
  part.rttUs[i] = entry.rttUs ?? 0;
  part.retransmits[i] = entry.retransmits ?? 0;
}

const NAMES: OwnerNames = {
  of: ({ comm }): OwnerName => ({
    process: comm,
    executable: `/bin/${comm}`,
    parent: 'sh',
    app: comm,
    user: 'alice',
    container: '',
    vm: '',
  }),
};

/** A meter over recorded sweeps; `records` are copies of what it gave. */
export function recordedMeter(level?: HostBackend['level'], leftOut: readonly number[] = [], entries = 1_024) {
  const backend = new RecordedBackend(level);
  const records: HostRecord[] = [];
  const settings = { host: 'a1', exportPeriodMs: 300_000, leftOut: new Set(leftOut), entries };
  const meter = new HostMeter(backend, NAMES, settings, (record) => {
    records.push({
      ...record,
      src_addr: Uint32Array.from(record.src_addr as Uint32Array),
      dst_addr: Uint32Array.from(record.dst_addr as Uint32Array),
    });
  });
  return { backend, meter, records };
}
