import type { LiveDimension, LiveList } from '../../ingest/index.ts';
import type { Policy } from '../policy/policy.ts';
import type { HostRecord } from '../table/host-record.ts';
import { STATE } from '../table/host-slots.ts';
import { LiveGroups } from './live-groups.ts';
import { labelOf } from './live-labels.ts';
import type { LiveSource } from './live-source.ts';

/** With a privacy policy a flow waits so long for its process: a rule may be about that. */
const HELD_MS = 5_000;
/** Groups that are gone are forgotten when there are so many more than twice the flows. */
const SPARE_GROUPS = 4_096;
const MINUTE_MS = 60_000;

/**
 * Which groups a flow belongs to, after the privacy policy: found when it is first seen, and then remembered by its slot for as long as it holds, so that
 * nothing is allocated for a flow that goes on.
 */
export class FlowGroups {
  readonly groups: readonly LiveGroups[];
  /** The group of what a slot sent, and of what it received, one array for each dimension. */
  readonly sentCode: readonly Int32Array[];
  readonly receivedCode: readonly Int32Array[];
  /** 1 for what the policy lets be seen. */
  readonly showsSent: Uint8Array;
  readonly showsReceived: Uint8Array;
  private readonly source: LiveSource;
  private readonly policy: Policy | null;
  private readonly dimensions: readonly LiveDimension[];
  /** The sweep in which its groups were found, and for whom. */
  private readonly foundSweep: Uint32Array;
  private readonly pid: Float64Array;
  private readonly name: (object | null)[] = [];
  /** What was found in an earlier sweep holds no more. */
  private holdsSince = 1;
  private minute = Number.NaN;

  constructor(source: LiveSource, policy: Policy | null, dimensions: readonly LiveDimension[]) {
    const { capacity } = source.table.slots;
    this.source = source;
    this.policy = policy;
    this.dimensions = dimensions;
    this.groups = dimensions.map(() => new LiveGroups());
    this.sentCode = dimensions.map(() => new Int32Array(capacity));
    this.receivedCode = dimensions.map(() => new Int32Array(capacity));
    this.showsSent = new Uint8Array(capacity);
    this.showsReceived = new Uint8Array(capacity);
    this.foundSweep = new Uint32Array(capacity);
    this.pid = new Float64Array(capacity);
  }

  /** False while it must not be shown, because a rule may be about the process that nobody knows yet; with `now` it is judged by what is known. */
  find(slot: number, nowMs: number, now = false): boolean {
    const { slots } = this.source.table;
    if (this.isFound(slot)) return true;
    if (!now && this.mayWait(slot, nowMs)) return false;
    this.judge(slot, nowMs);
    this.foundSweep[slot] = slots.sweepNumber;
    this.name[slot] = slots.name[slot] ?? null;
    this.pid[slot] = slots.owner[slot]?.pid ?? 0;
    return true;
  }

  /** Whether its groups are still there, whoever has its slot by now. */
  remembers(slot: number): boolean {
    return this.foundSweep[slot]! >= this.holdsSince;
  }

  /** To be called with the time of each sweep: rules may have times. */
  turn(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.minute && this.policy?.holds === 'minute')
      this.holdsSince = this.source.table.slots.sweepNumber;
    this.minute = minute;
  }

  lists(by: readonly LiveDimension[], top: number): Readonly<Partial<Record<LiveDimension, LiveList>>> {
    return Object.fromEntries(by.map((name) => [name, this.groups[this.dimensions.indexOf(name)]!.list(top)]));
  }

  /** The next second begins. */
  clear(): void {
    const { groups, source } = this;
    const most = 2 * source.table.slots.used + SPARE_GROUPS;
    const isFull = groups.some((g) => g.size > most);
    if (isFull) this.holdsSince = source.table.slots.sweepNumber + 1;
    for (const g of groups) {
      if (isFull) g.forget();
      else g.clear();
    }
  }

  private mayWait(slot: number, nowMs: number): boolean {
    const { slots } = this.source.table;
    if (this.policy === null || slots.owner[slot] !== null || slots.cookie[slot] === 0) return false;
    return nowMs - slots.startMs[slot]! < HELD_MS && !slots.has(slot, STATE.over);
  }

  private isFound(slot: number): boolean {
    const { slots } = this.source.table;
    const found = this.foundSweep[slot]!;
    if (found < this.holdsSince || found < slots.beganSweep[slot]!) return false;
    if (this.policy?.holds === 'moment' && found !== slots.sweepNumber) return false;
    return this.name[slot] === (slots.name[slot] ?? null) && this.pid[slot] === (slots.owner[slot]?.pid ?? 0);
  }

  private judge(slot: number, nowMs: number): void {
    const { source, policy, sentCode, receivedCode, showsSent, showsReceived } = this;
    const { records } = source;
    const peerLeftOut = source.peerLeftOut(slot);
    showsSent[slot] = this.place(records.seen(slot, true, nowMs, peerLeftOut), sentCode, slot, nowMs);
    if (policy === null) {
      // Nothing is changed, so both directions have the same names and the same other end.
      for (let i = 0; i < sentCode.length; i++) receivedCode[i]![slot] = sentCode[i]![slot]!;
      showsReceived[slot] = 1;
    } else showsReceived[slot] = this.place(records.seen(slot, false, nowMs, peerLeftOut), receivedCode, slot, nowMs);
  }

  private place(record: HostRecord, codes: readonly Int32Array[], slot: number, nowMs: number): number {
    if (this.policy?.apply(record, nowMs, false) === 'drop') return 0;
    for (let i = 0; i < this.groups.length; i++) {
      const { key, label } = labelOf(this.dimensions[i]!, record);
      codes[i]![slot] = this.groups[i]!.code(key, label);
    }
    return 1;
  }
}
