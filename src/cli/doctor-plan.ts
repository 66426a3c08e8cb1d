import { BYTES_PER_DATAGRAM, type MeasuredLoad, SAMPLE_MIX } from '../ingest/index.ts';
import { type Finding, MEMORY_SEGMENTS, SEGMENT_AGE_MS } from '../server/index.ts';
import { type Config, type DiskPlan, planDisk } from './doctor-plan-disk.ts';
import { FULL, planFindings } from './doctor-plan-findings.ts';
import type { Measured, MeasuredDisk } from './doctor-plan-measure.ts';

/** What this machine is, beside what was measured on it. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
  /** What the kernel gives one socket at most, as it charges datagrams; null where it does not tell. */
  readonly socketBytes: number | null;
}

/** Cores are CPU seconds a second. */
export interface Plan {
  readonly flows_per_second: number;
  readonly flows_per_week: number;
  readonly cpu: {
    readonly cores: number;
    readonly needed: number;
    readonly share: number;
    readonly receive: number;
    readonly receive_threads: number;
    /** The flows a second that one receive thread, and that the store thread can do. */
    readonly most_of_receive_thread: number;
    readonly store: number;
    readonly most_of_store_thread: number;
    /** The same by the clock while it was measured, with all that others did on the machine. */
    readonly most_of_store_thread_now: number;
    /** Of `store`: what it takes whatever the rate is. */
    readonly history: number;
    readonly journal_sync: number;
    /** What the machine can do with all its cores, in flows a second. */
    readonly most: number;
    readonly others_share: number;
  };
  readonly overload: {
    /** Of OVERLOAD_STEPS, where the rate lasts. */
    readonly step: 0 | 2 | 3;
    /** One flow in so many would be kept. */
    readonly keep: number;
    /** The flows a second that threads and cores can do, with the receive threads that are set. */
    readonly most: number;
  };
  readonly memory: {
    readonly process_bytes: number;
    readonly rows_bytes: number;
    readonly rows_bytes_bound: number;
    readonly sockets_bytes: number;
    readonly queries_bytes_bound: number;
    readonly together_bound: number;
    readonly machine_bytes: number;
  };
  readonly socket: {
    readonly datagrams_per_second: number;
    /** What one second of datagrams takes when it comes at once. */
    readonly burst_bytes: number;
    readonly has_bytes: number | null;
  };
  readonly disk: DiskPlan;
  readonly findings: readonly Finding[];
  readonly measured: { readonly mix: string; readonly load: MeasuredLoad; readonly disk: MeasuredDisk };
}

/** A receive thread that is busier than this reads late in bursts. */
const RECEIVE_FULL = 0.6;
const WEEK_S = 7 * 86_400;
const MOST_KEEP = 65_536;

/** What `rate` flows a second would need, from what was measured. */
export function planLoad(rate: number, measured: Measured, machine: Machine, config: Config): Plan {
  const { load } = measured;
  const segmentSeconds = Math.min(SEGMENT_AGE_MS / 1_000, config.segment_rows / rate);
  const cpu = planCpu(rate, measured, machine, config);
  const most = Math.min(cpu.most_of_store_thread, cpu.most, config.receive_threads * cpu.most_of_receive_thread);
  const socket = {
    datagrams_per_second: rate / load.flowsPerDatagram,
    burst_bytes: (rate / load.flowsPerDatagram) * BYTES_PER_DATAGRAM,
    has_bytes: machine.socketBytes === null ? null : Math.min(machine.socketBytes, 2 * config.receive_buffer),
  };
  const disk = planDisk(rate, measured, config, segmentSeconds);
  const plan = {
    flows_per_second: rate,
    flows_per_week: rate * WEEK_S,
    cpu,
    overload: overloadAt(rate, most),
    memory: planMemory(rate * segmentSeconds, load, machine, config, socket.has_bytes ?? 0),
    socket,
    disk,
  };
  return { ...plan, findings: planFindings(plan, config), measured: { mix: SAMPLE_MIX, ...measured } };
}

function planCpu(rate: number, { load, disk }: Measured, { cores }: Machine, config: Config): Plan['cpu'] {
  const { history } = load;
  const ofReceive = load.receive.cpu / load.flows;
  const ofStore = load.store.cpu / load.flows;
  // An hour has 60 minutes, a day 24 hours: what was settled had fewer, and costs by its rows.
  const perHour = (history.settleHour.cpu * 60) / history.minutes;
  const perDay = history.settleDay.cpu * 12;
  const fixed = history.write.cpu / history.minutes / 60 + perHour / 3_600 + perDay / 86_400;
  const sync = disk.syncCpu / (config.journal_sync / 1_000);
  const receive = rate * ofReceive;
  const needed = receive + rate * ofStore + fixed + sync;
  return {
    cores,
    needed,
    share: needed / cores,
    receive,
    receive_threads: Math.max(1, Math.ceil(receive / RECEIVE_FULL)),
    most_of_receive_thread: 1 / ofReceive,
    store: rate * ofStore + fixed,
    most_of_store_thread: Math.max(0, 1 - fixed) / ofStore,
    most_of_store_thread_now: load.flows / load.store.elapsed,
    history: fixed,
    journal_sync: sync,
    most: Math.max(0, cores - fixed - sync) / (ofReceive + ofStore),
    others_share: load.othersShare,
  };
}

/** A node sheds so that what is left takes FULL of what can be done. */
function overloadAt(rate: number, most: number): Plan['overload'] {
  if (rate <= FULL * most) return { step: 0, keep: 1, most };
  if (rate <= most) return { step: 2, keep: 1, most };
  return { step: 3, keep: Math.min(MOST_KEEP, 2 ** Math.ceil(Math.log2(rate / (FULL * most)))), most };
}

function planMemory(
  rows: number,
  load: MeasuredLoad,
  machine: Machine,
  config: Config,
  socketBytes: number,
): Plan['memory'] {
  const listeners = [config.netflow, config.ipfix, config.sflow].filter((listener) => listener !== null).length;
  const bound = MEMORY_SEGMENTS * config.segment_rows * load.rowBytes;
  const sockets = listeners * config.receive_threads * socketBytes;
  return {
    process_bytes: load.peakMemoryBytes,
    rows_bytes: rows * load.rowBytes,
    rows_bytes_bound: bound,
    sockets_bytes: sockets,
    queries_bytes_bound: config.query_memory,
    together_bound: load.peakMemoryBytes + bound + sockets + config.query_memory,
    machine_bytes: machine.memoryBytes,
  };
}
