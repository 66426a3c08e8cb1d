import type { HostBackend, OwnerNames } from '../backend/host-backend.ts';
import type { LiveSource } from '../live/live-source.ts';
import type { EndReason } from './flow-ends.ts';
import { FlowEnds } from './flow-ends.ts';
import type { GrowthWatcher } from './growth.ts';
import { HostRecords, peerHasNoRecord, type RecordTaker } from './host-record.ts';
import { STATE } from './host-slots.ts';
import { HostTable } from './host-table.ts';
import { untoldPackets } from './untold-packets.ts';

export interface HostMeterSettings {
  /** What records call this host. */
  readonly host: string;
  /** A flow that lasts is recorded so often. */
  readonly exportPeriodMs: number;
  /** Processes whose traffic is counted as left out, and has no records. */
  readonly leftOut: ReadonlySet<number>;
  /** Entries that are kept; without it, as many as are of use. */
  readonly entries?: number;
}

/** What a meter counted since it began. */
export interface HostCounts {
  open: number;
  entries: number;
  bytes: number;
  packets: number;
  /** Seen by the kernel and in no flow. */
  unmeteredPackets: number;
  leftOutPackets: number;
  /** Entries that found no room, as often as they were seen. */
  crowdedOut: number;
}

/** Sweeps of a backend become records of flows. It has no clock: who drives it says what time it is. */
export class HostMeter {
  readonly table: HostTable;
  readonly backend: HostBackend;
  private readonly names: OwnerNames;
  private readonly settings: HostMeterSettings;
  private readonly ends: FlowEnds;
  private readonly records: HostRecords;
  private watcher: GrowthWatcher | null = null;
  private leftOutPackets = 0;
  private unmetered = 0;

  constructor(backend: HostBackend, names: OwnerNames, settings: HostMeterSettings, take: RecordTaker) {
    this.backend = backend;
    this.names = names;
    this.settings = settings;
    this.table = new HostTable(backend, settings.entries);
    const ends = {
      exportPeriodMs: settings.exportPeriodMs,
      vanishedIsOver: backend.level !== 'ebpf',
      countless: backend.countless === true,
    };
    this.ends = new FlowEnds(this.table, backend, names, ends, this.told);
    this.records = new HostRecords(this.table, settings.host, backend, take);
  }

  /** Sweeps, and gives the records that are due. Returns how soon there is more to do, at most `most` ms. */
  turn(nowMs: number, most: number): number {
    const { table, backend } = this;
    // Before the sweep: what comes between the two is in the sweep, and never looks like a loss.
    const totals = backend.totals();
    table.begin(nowMs);
    backend.sweep(table.take);
    backend.failures?.(table.refuse);
    this.names.follow?.();
    if (totals !== null) {
      this.unmetered = Math.max(this.unmetered, totals.txPackets + totals.rxPackets - table.seenPackets);
    }
    return this.ends.look(nowMs, most);
  }

  /** A last sweep, and records of all that is not told yet. */
  end(nowMs: number): void {
    this.turn(nowMs, 0);
    this.ends.end(nowMs);
  }

  get counts(): HostCounts {
    const { table, unmetered, leftOutPackets } = this;
    return {
      open: table.slots.open,
      entries: table.slots.used,
      bytes: table.seenBytes,
      packets: table.seenPackets,
      unmeteredPackets: unmetered,
      leftOutPackets,
      crowdedOut: table.crowdedOut,
    };
  }

  /** Flows that are not over, one after the other as records of both directions: of what is in no record yet. */
  openFlows(nowMs: number, take: RecordTaker): void {
    const { table, settings, backend } = this;
    const { slots } = table;
    const records = new HostRecords(table, settings.host, backend, take);
    for (let slot = 0; slot < slots.top; slot++) {
      const isFlow = slots.has(slot, STATE.used) && slots.main[slot] === slot && !slots.has(slot, STATE.over);
      if (isFlow && !this.isLeftOut(slot)) records.flow(slot, 'active', nowMs, this.peerLeftOut(slot));
    }
  }

  /** What flows of this meter grow by is for this one; null while nobody watches. */
  set watched(watcher: GrowthWatcher | null) {
    this.watcher = watcher;
    this.table.growth = watcher?.growth ?? null;
  }

  /** Flows as somebody who watches sees them. */
  liveSource(): LiveSource {
    const { table, settings, backend } = this;
    return {
      table,
      records: new HostRecords(table, settings.host, backend, () => {}),
      isLeftOut: (slot) => this.isLeftOut(slot),
      peerLeftOut: (slot) => this.peerLeftOut(slot),
    };
  }

  /** Packets that are in no record yet, by minute. */
  untold(nowMs: number): ReadonlyMap<number, number> {
    return untoldPackets(this.table, nowMs, (slot) => this.isLeftOut(slot));
  }

  private readonly told = (slot: number, reason: EndReason, nowMs: number): void => {
    const { slots } = this.table;
    this.watcher?.settle(slot, nowMs);
    if (this.isLeftOut(slot)) this.leftOutPackets += slots.txPackets[slot]! + slots.rxPackets[slot]!;
    else this.records.flow(slot, reason, nowMs, this.peerLeftOut(slot));
  };

  private isLeftOut(slot: number): boolean {
    return this.settings.leftOut.has(this.table.slots.owner[slot]?.pid ?? 0);
  }

  private peerLeftOut(slot: number): boolean {
    return peerHasNoRecord(this.table, slot, this.settings.leftOut);
  }
}
