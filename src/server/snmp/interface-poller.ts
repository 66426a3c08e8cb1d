import { type Clock, CounterSheet, type CounterSheetHandle, type Log, systemClock } from '../../base/index.ts';
import { isInPrefix, type Prefix, parseAddress, parsePrefix } from '../../flow/index.ts';
import { readInterfaceNames, writeInterfaceNames } from '../../store/index.ts';
import type { AskedInterfaces, InterfaceNames } from '../../truth/index.ts';
import {
  SNMP_FAILURES,
  SnmpFailure,
  type SnmpFailureCause,
  WALK_BOUNDS,
  type WalkBounds,
  walkInterfaces,
} from './interface-walk.ts';
import type { SnmpAccess } from './snmp-setting.ts';

export interface InterfacePollerOptions {
  /** The file of names. */
  readonly path: string;
  readonly configured: InterfaceNames['configured'];
  /** Who may be asked; of several prefixes the longest counts. */
  readonly access: readonly SnmpAccess[];
  /** Addresses that flows come from. */
  readonly exporters: () => Promise<readonly string[]>;
  readonly log: Log;
  readonly clock?: Clock;
  readonly bounds?: WalkBounds;
  readonly tickMs?: number;
}

/** What became of asking an exporter that may be asked. */
export interface PolledExporter {
  readonly exporter: string;
  readonly failure: { readonly reason: SnmpFailureCause; readonly message: string } | null;
}

/** Interfaces change rarely. */
const REFRESH_MS = 3_600_000;
const RETRY_MS = 300_000;
const TICK_MS = 5_000;
/** Few at a time are no load for anybody; but one that is silent does not hold up all others. */
const AT_ONCE = 8;
/** In a round of many exporters the file is written so often: all of it each time. */
const WRITE_MS = 60_000;
/** Names of what was not heard of for so long are forgotten. */
const FORGET_MS = 30 * 86_400_000;
/** More are not asked. Of what they told, the newest is kept. */
const MOST_EXPORTERS = 10_000;

/** Asks the exporters that configuration allows for their interfaces, and keeps the file of names. `start` does not wait for an answer. */
export class InterfacePoller {
  readonly counters: CounterSheetHandle;
  private readonly options: InterfacePollerOptions;
  private readonly sheet: CounterSheet;
  private readonly clock: Clock;
  private readonly asked: Map<string, AskedInterfaces>;
  private readonly turns = new Map<string, { dueMs: number; inRow: number; failure: PolledExporter['failure'] }>();
  private readonly rules: readonly { prefix: Prefix; access: SnmpAccess }[];
  private isWritten = true;
  private writtenMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private readonly stopping = new AbortController();

  constructor(options: InterfacePollerOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.sheet = new CounterSheet(options.access.length === 0 ? [] : COUNTERS);
    this.counters = this.sheet.handle();
    this.rules = options.access
      .map((access) => ({ prefix: parsePrefix(access.prefix)!, access }))
      .sort((a, b) => b.prefix.bits - a.prefix.bits);
    const known = readInterfaceNames(options.path);
    const since = this.clock.now() - FORGET_MS;
    const kept = known.asked.filter((a) => a.atMs > since && this.accessOf(a.exporter) !== null);
    this.asked = new Map(kept.sort((a, b) => a.atMs - b.atMs).map((a) => [a.exporter, a]));
    const isNew = JSON.stringify(known) !== JSON.stringify({ configured: options.configured, asked: kept });
    if (isNew) this.write();
  }

  start(): void {
    if (this.rules.length === 0) return;
    this.timer = setInterval(() => this.tick(), this.options.tickMs ?? TICK_MS).unref();
  }

  status(): PolledExporter[] {
    return [...this.turns].map(([exporter, { failure }]) => ({ exporter, failure }));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    await this.running;
  }

  private tick(): void {
    if (this.running !== null || this.stopping.signal.aborted) return;
    this.running = this.askDue()
      // Names of interfaces are no reason for a node to end.
      .catch((error: unknown) => this.options.log.warn({ err: error }, 'exporters could not be asked by SNMP'))
      .finally(() => {
        this.running = null;
      });
  }

  private async askDue(): Promise<void> {
    const heard = new Set(await this.options.exporters());
    for (const exporter of this.turns.keys()) if (!heard.has(exporter)) this.turns.delete(exporter);
    const due: (() => Promise<void>)[] = [];
    for (const exporter of heard) {
      const access = this.accessOf(exporter);
      if (access === null) continue;
      const turn = this.turns.get(exporter) ?? { dueMs: this.firstDue(exporter), inRow: 0, failure: null };
      if (this.turns.size >= MOST_EXPORTERS && !this.turns.has(exporter)) continue;
      this.turns.set(exporter, turn);
      if (turn.dueMs <= this.clock.now()) due.push(() => this.ask(exporter, access, turn.inRow));
    }
    const askNext = async () => {
      for (let next = due.shift(); next && !this.stopping.signal.aborted; next = due.shift()) await next();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askNext));
    if (!this.isWritten) this.write();
  }

  /** After a restart those that were asked within the hour are not asked again at once. */
  private firstDue(exporter: string): number {
    const at = this.asked.get(exporter)?.atMs;
    return at === undefined ? 0 : at + REFRESH_MS;
  }

  private async ask(exporter: string, access: SnmpAccess, before: number): Promise<void> {
    const { log, bounds = WALK_BOUNDS } = this.options;
    try {
      // Loaded here: few nodes ask.
      const { default: snmp } = await import('net-snmp');
      const interfaces = await walkInterfaces(snmp, exporter, access, bounds, this.stopping.signal);
      this.turns.set(exporter, { dueMs: this.clock.now() + REFRESH_MS, inRow: 0, failure: null });
      this.keep({ exporter, atMs: this.clock.now(), interfaces });
      this.sheet.add('polls');
      if (before > 0) log.info({ exporter, interfaces: interfaces.length }, 'an exporter answers SNMP again');
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      const { reason, message } = asFailure(error);
      const inRow = before + 1;
      const wait = Math.min(REFRESH_MS, RETRY_MS * 2 ** Math.min(before, 4));
      this.turns.set(exporter, { dueMs: this.clock.now() + wait, inRow, failure: { reason, message } });
      this.sheet.add(reason);
      if (inRow === 1)
        log.warn({ exporter, cause: reason }, `an exporter does not tell its interfaces by SNMP: ${message}`);
    }
  }

  /** In the order of time: the oldest are the first. */
  private keep(answer: AskedInterfaces): void {
    this.asked.delete(answer.exporter);
    this.asked.set(answer.exporter, answer);
    for (const oldest of this.asked.keys()) {
      if (this.asked.size <= MOST_EXPORTERS) break;
      this.asked.delete(oldest);
    }
    this.isWritten = false;
    if (this.clock.now() - this.writtenMs >= WRITE_MS) this.write();
  }

  private accessOf(exporter: string): SnmpAccess | null {
    const words = parseAddress(exporter);
    if (words === null) return null;
    return this.rules.find(({ prefix }) => isInPrefix(words, prefix))?.access ?? null;
  }

  /** Names that cannot be kept are asked again after a restart: the disk has its own alarm. */
  private write(): void {
    this.isWritten = true;
    this.writtenMs = this.clock.now();
    const asked = [...this.asked.values()];
    try {
      writeInterfaceNames(this.options.path, { configured: this.options.configured, asked });
    } catch (error) {
      this.options.log.warn({ err: error }, 'names of interfaces could not be written');
    }
  }
}

/** What goes wrong with one exporter is no reason not to ask the others. */
function asFailure(error: unknown): SnmpFailure {
  return error instanceof SnmpFailure ? error : new SnmpFailure('invalid', (error as Error).message);
}

const COUNTERS = [
  { key: 'polls', name: 'weir_snmp_polls_total', help: 'Exporters that told their interfaces by SNMP' },
  ...SNMP_FAILURES.map((cause) => ({
    key: cause,
    name: 'weir_snmp_failures_total',
    help: 'Exporters that were asked for their interfaces by SNMP and did not tell, by cause',
    labels: { cause },
  })),
];
