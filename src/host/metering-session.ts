import { hostname } from 'node:os';
import type { ActiveQuery, HostMeterOptions, LiveQuery, LiveSecond, MeterReport, OpenFlows } from '../ingest/index.ts';
import { ownMemoryBytes, readForwardedPackets } from '../system/index.ts';
import type { OwnerNames } from './backend/host-backend.ts';
import type { OpenBackend } from './choose-backend.ts';
import { DEFAULT_HOST_LIMITS, Governor, SWEEP_MS } from './governor/governor.ts';
import { GuestMeter } from './guests/guest-meter.ts';
import { HostStream } from './host-stream.ts';
import { type LiveFacts, LiveView } from './live/live-view.ts';
import { openFlows } from './open-flows.ts';
import { ownProcesses } from './own-processes.ts';
import type { Policy } from './policy/policy.ts';
import { ProxyLog } from './proxy/proxy-log.ts';
import { ProxyRecords } from './proxy/proxy-records.ts';
import { HostMeter } from './table/host-meter.ts';
import type { HostRecord } from './table/host-record.ts';

const LEAST_WAIT_MS = 50;
const NO_GUESTS_MS = 1_000;

/** What the process of a meter does between two orders: sweeps, records, state. It has no clock and no channel of its own. */
export class MeteringSession {
  readonly meter: HostMeter | null;
  private readonly guests: GuestMeter | null;
  private readonly live: LiveView | null;
  private readonly names: OwnerNames;
  private readonly ownNotes: string[];
  private readonly governor: Governor;
  private readonly stream: HostStream;
  private readonly policy: Policy | null;
  private readonly forwardedBefore = readForwardedPackets() ?? 0;
  private readonly networks: HostMeterOptions['networks'];
  private readonly proxyLog: ProxyLog | null;
  private readonly proxyRecords: ProxyRecords;

  constructor(
    options: HostMeterOptions,
    { backend, names, notes }: OpenBackend,
    policy: Policy | null,
    send: (message: Uint8Array) => void,
  ) {
    const host = hostNameOf(options);
    this.names = names;
    this.ownNotes = [...notes];
    this.policy = policy;
    this.networks = options.networks;
    this.proxyLog = options.proxyLog === null ? null : new ProxyLog(options.proxyLog);
    this.proxyRecords = new ProxyRecords(host, this.take);
    this.governor = new Governor({
      ...DEFAULT_HOST_LIMITS,
      records: options.maxFlows,
      periodMs: options.exportPeriodMs,
      cpu: options.cpuPercent / 100,
    });
    this.stream = new HostStream(this.policy?.tellsHost === false ? '' : host, options.forwarded, send);
    const own = ownProcesses(options, backend?.level);
    this.say(own.note);
    const settings = { host, exportPeriodMs: options.exportPeriodMs, leftOut: own.pids };
    this.meter = backend && new HostMeter(backend, names, settings, this.take);
    this.guests = this.guestsOf(options, host);
    this.live = this.meter && new LiveView(this.meter, this.policy, () => this.liveFacts());
  }

  /** Something that people should know; nothing where it is null. */
  say(note: string | null): void {
    if (note !== null) this.ownNotes.push(note);
  }

  /** One sweep; how long to wait before the next, in ms. */
  turn(nowMs: number): number {
    const { meter, governor } = this;
    const usage = { cpuMicros: cpuMicros(), ownBytes: ownMemoryBytes() };
    const most = governor.advance(nowMs, usage);
    this.proxyLog?.look((request) => this.proxyRecords.give(request, nowMs));
    if (meter === null) return most;
    const wait = meter.turn(nowMs, most);
    this.guests?.look(nowMs);
    this.live?.swept(nowMs);
    this.flush(nowMs, meter);
    // Neither a flow that ends soon nor somebody who watches makes a busy meter look more often.
    return most > SWEEP_MS ? most : Math.min(Math.max(LEAST_WAIT_MS, wait), this.watchedWait(nowMs));
  }

  /** What becomes of the next second, or null where nothing is metered. */
  watch(query: LiveQuery, nowMs: number, give: (second: LiveSecond | null) => void): void {
    if (this.live === null) give(null);
    else this.live.ask(query, nowMs, give);
  }

  /** How soon somebody who watches wants the next sweep. */
  watchedWait(nowMs: number): number {
    return this.live?.waitMs(nowMs) ?? Number.POSITIVE_INFINITY;
  }

  /** Meters packets of guests that wait; how soon there may be more, in ms. */
  listen(nowMs: number): number {
    return this.guests?.take(nowMs) ?? NO_GUESTS_MS;
  }

  /** Records of all that is open. */
  end(nowMs: number): void {
    const { meter } = this;
    this.proxyLog?.close();
    if (meter === null) return;
    meter.end(nowMs);
    this.guests?.end(nowMs);
    this.flush(nowMs, meter);
    meter.backend.close();
  }

  active(query: ActiveQuery, nowMs: number): OpenFlows {
    const { meter, guests, policy, networks } = this;
    if (meter === null) return { as_of: nowMs, open: 0, matched: 0, bytes: 0, packets: 0, flows: [] };
    return openFlows(guests === null ? [meter] : [meter, guests], policy, networks, query, nowMs);
  }

  status(): MeterReport {
    const { meter, guests, governor, stream, policy, proxyLog } = this;
    const governed = governor.status();
    const counted = meter?.counts;
    const removed = policy?.removed;
    const guest = guests?.counts;
    return {
      type: 'status',
      level: meter?.backend.level ?? 'none',
      notes: this.notes(governed.notes),
      ...(policy ? { policy: policy.counts } : {}),
      ...(guests ? { guests: guests.status } : {}),
      ...(proxyLog ? { proxy_log: { file: proxyLog.path, problem: proxyLog.problem ?? '' } } : {}),
      counters: {
        open: (counted?.open ?? 0) + (guest?.open ?? 0),
        sockets: counted?.entries ?? 0,
        records: stream.records,
        bytes: counted?.bytes ?? 0,
        packets: counted?.packets ?? 0,
        unmetered_packets: (counted?.unmeteredPackets ?? 0) + (guest?.drops ?? 0),
        guests: guest?.guests ?? 0,
        guest_packets: guest?.packets ?? 0,
        guest_bytes: guest?.bytes ?? 0,
        names_lost: meter?.backend.namesLost ?? 0,
        own_packets: counted?.leftOutPackets ?? 0,
        forwarded_packets: this.forwarded(),
        policy_records: removed?.records ?? 0,
        policy_bytes: removed?.bytes ?? 0,
        ...proxyCounts(proxyLog),
        sampled_out: governed.leftOut,
        sampling: governed.isSampling ? 1 : 0,
        cpu_seconds: cpuMicros() / 1e6,
        memory_bytes: governed.ownBytes,
      },
    };
  }

  private notes(governed: readonly string[]): string[] {
    const { ownNotes, proxyLog, meter, guests } = this;
    return [
      ...ownNotes,
      ...(this.names.notes ?? []),
      ...policyNotes(this.policy),
      ...governed,
      ...proxyNotes(proxyLog),
      ...roomNotes(meter),
      ...(guests?.notes ?? []),
    ];
  }

  private liveFacts(): LiveFacts {
    const { notes, isSampling, largestRate } = this.governor.status();
    return {
      level: this.meter?.backend.level ?? 'none',
      unmetered: this.meter?.counts.unmeteredPackets ?? 0,
      recordsSampled: isSampling ? largestRate : 1,
      notes: this.notes(notes),
    };
  }

  /** Since the meter began. */
  private forwarded(): number {
    return Math.max(0, (readForwardedPackets() ?? 0) - this.forwardedBefore);
  }

  /** What interfaces carry as a whole is all that files tell: a guest's is in it. */
  private guestsOf(options: HostMeterOptions, host: string): GuestMeter | null {
    const { guests, exportPeriodMs, serverNames, maxFlows } = options;
    const level = this.meter?.backend.level;
    if (guests === null || level === undefined || level === 'proc') return null;
    const tell = (name: string) => (this.policy === null ? name : this.policy.guestName(name, host));
    return new GuestMeter(level, { host, exportPeriodMs, serverNames, maxFlows, configured: guests, tell }, this.take);
  }

  private flush(nowMs: number, meter: HostMeter): void {
    const { guests } = this;
    this.stream.flush(nowMs, {
      unmetered: meter.counts.unmeteredPackets + (guests?.counts.drops ?? 0),
      removed: this.policy?.removed ?? null,
      level: meter.backend.level,
      open: guests === null ? meter.untold(nowMs) : both(meter.untold(nowMs), guests.untold(nowMs)),
    });
  }

  /** The policy first: what it drops is not stored, and takes no place of what is. */
  private readonly take = (record: HostRecord, nowMs: number): void => {
    const { raw_bytes: bytes, raw_packets: packets } = record;
    if (this.policy?.apply(record, nowMs) === 'drop') return;
    const weight = this.governor.weight(bytes as number, packets as number);
    if (weight === 0) return;
    if (weight > 1) {
      record.sampling = weight;
      record.sampling_origin = 'records';
    }
    this.stream.add(record, nowMs);
  };
}

/** Packets by minute, of two meters. */
function both(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const sum = new Map(one);
  for (const [minute, packets] of other) sum.set(minute, (sum.get(minute) ?? 0) + packets);
  return sum;
}

function policyNotes(policy: Policy | null): string[] {
  return policy?.dropsAll ? ['its privacy policy drops every flow: nothing of it is recorded'] : [];
}

function roomNotes(meter: HostMeter | null): string[] {
  const { entries = 0, crowdedOut = 0 } = meter?.counts ?? {};
  return crowdedOut > 0 ? [`there is room for ${entries} sockets and their flows: others were not metered`] : [];
}

function proxyNotes(log: ProxyLog | null): string[] {
  return log?.problem ? [`the log of the proxy, ${log.path}, cannot be read: ${log.problem}`] : [];
}

function proxyCounts(log: ProxyLog | null): { proxy_requests: number; proxy_other_lines: number } {
  const { requests = 0, not_a_line = 0, no_server = 0, too_long = 0 } = log?.counts ?? {};
  return { proxy_requests: requests, proxy_other_lines: not_a_line + no_server + too_long };
}

/** What records call this host. */
export function hostNameOf({ name }: HostMeterOptions): string {
  return name || hostname();
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
