import type { CounterSheet } from '../base/index.ts';
import type { ActiveQuery } from './capture-messages.ts';
import type { LiveQuery, LiveSecond } from './live-messages.ts';
import type { MeterClock, PipedMeterEvents } from './meter-events.ts';
import { MeterLog } from './meter-log.ts';
import { OpenQuestions } from './open-questions.ts';
import { METER_ENDS, type MeterEnd, type PipedCounter } from './piped-counters.ts';
import {
  type HostMeterOptions,
  type HostMeterStatus,
  METER_COUNTERS,
  METER_LEVELS,
  type MeterCounterName,
  type MeterLevel,
  type MeterReport,
  type OpenFlows,
} from './piped-messages.ts';
import { RunningMeter } from './running-meter.ts';
import { Silence } from './silence.ts';

type Status = Extract<MeterReport, { readonly type: 'status' }>;

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 60_000;
/** One that lived for so long began well: the next end is not a part of the same trouble. */
const WELL_MS = 60_000;
/** It tells its status about once a second. Only while we listen: after a pause of both what it said waits to be read. */
const SILENT_MS = 30_000;
/** After the order to end: so long it may hand on what it has. */
const END_MS = 15_000;
/** How long whoever starts waits for a meter to begin. */
const BEGIN_MS = 10_000;
/** The next second comes later where there is too much to do to look each second. */
const SECOND_WITHIN_MS = 20_000;
const MOST_NOTES = 32;
const NOTE_CHARACTERS = 500;

/**
 * The meter of this host, which is a process of its own: only there are the rights to see what the kernel has. When it ends, or says nothing for too long, another one is
 * started, after 250 ms, then after twice as long each time up to a minute; the node goes on meanwhile and says that this host is not metered. An agent, which has
 * given up the rights for another one, is told (`gone`).
 */
export class PipedMeter {
  private readonly program: string;
  private readonly counters: CounterSheet<PipedCounter>;
  private readonly events: PipedMeterEvents;
  private readonly clock: MeterClock;
  private readonly log: MeterLog;
  /** Null until it is to meter. */
  private options: HostMeterOptions | null = null;
  private process: RunningMeter | null = null;
  private startedAt = 0;
  private readonly silence: Silence;
  private nextAt = Number.NEGATIVE_INFINITY;
  private retryMs = FIRST_RETRY_MS;
  private restarts = 0;
  private trouble = '';
  /** It cannot be better for another try. */
  private givenUp = false;
  private stopping = false;
  /** Since when nobody meters, by the wall; null while somebody does. */
  private downMs: number | null = null;
  /** When metering was last known to go on. */
  private aliveMs = 0;
  private last: Status | null = null;
  private readonly questions = new OpenQuestions();
  /** The start of the node waits for it. */
  private beginning = false;
  private begun: (failure: { code: string; message: string } | null) => void = () => {};

  constructor(program: string, counters: CounterSheet<PipedCounter>, events: PipedMeterEvents, clock: MeterClock) {
    this.program = program;
    this.counters = counters;
    this.events = events;
    this.clock = clock;
    this.silence = new Silence(clock.steady());
    this.log = new MeterLog(
      (level, text) => events.log(level, text),
      () => clock.steady(),
    );
  }

  get status(): Omit<HostMeterStatus, 'forwarding'> {
    const { last, process, restarts, trouble, givenUp } = this;
    return {
      level: (process && last?.level) || 'none',
      notes: last?.notes ?? [],
      pid: process && last ? process.pid : null,
      givenUp,
      restarts,
      trouble,
      counters: last?.counters ?? {},
      ...(last?.policy ? { policy: last.policy } : {}),
      ...(last?.guests ? { guests: last.guests } : {}),
      ...(last?.proxy_log ? { proxy_log: last.proxy_log } : {}),
    };
  }

  /** Starts the process with the rights that there are now. It does nothing before `begin`. */
  prepare(): void {
    this.start();
  }

  /** Lets it meter, and waits until it does, or says that it cannot, some seconds at most. What it refuses to do is the answer, else null. */
  begin(options: HostMeterOptions): Promise<{ code: string; message: string } | null> {
    this.options = options;
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.log.tell('warn', `the meter of this host has not begun after ${BEGIN_MS / 1_000} s: it is not waited for`);
        this.begun(null);
      }, BEGIN_MS);
      this.beginning = true;
      this.begun = (failure) => {
        this.beginning = false;
        clearTimeout(late);
        resolve(failure);
      };
      if (this.process) this.configure(this.process);
      else this.start();
    });
  }

  /** Call it several times a second. */
  tick(): void {
    const now = this.clock.steady();
    const silentMs = this.silence.lastsMs(now);
    if (this.options === null) return;
    if (this.process) {
      if (silentMs > SILENT_MS) this.process.kill('silent');
      if (this.restarts > 0 && now - this.startedAt > WELL_MS) this.retryMs = FIRST_RETRY_MS;
    } else if (!this.givenUp && !this.stopping && now >= this.nextAt) this.start();
  }

  /** Flows that are open now; null where nobody meters. */
  ask(query: ActiveQuery): Promise<OpenFlows | null> {
    const { process } = this;
    if (!process || this.status.level === 'none') return Promise.resolve(null);
    return this.questions.ask((id) => process.send({ type: 'active', id, query }));
  }

  /** The next second of the live view; null where nobody meters. */
  live(query: LiveQuery): Promise<LiveSecond | null> {
    const { process } = this;
    if (!process || this.status.level === 'none') return Promise.resolve(null);
    return this.questions.ask((id) => process.send({ type: 'live', id, query }), SECOND_WITHIN_MS);
  }

  /** Takes all that it has, and ends it. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { process } = this;
    if (!process) return;
    process.stop();
    const late = setTimeout(() => process.kill(null), END_MS);
    await process.closed;
    clearTimeout(late);
  }

  private start(): void {
    this.startedAt = this.clock.steady();
    this.last = null;
    const process: RunningMeter = new RunningMeter(this.program, {
      message: (bytes, at, length) => {
        this.resumed();
        this.counters.add('messages');
        this.counters.add('octets', length);
        this.events.message(bytes, at, length);
      },
      report: (report) => this.take(report),
      said: (line) => this.log.tell('warn', line),
      ended: (cause, why) => this.ended(cause, why),
    });
    this.process = process;
    if (this.options) this.configure(process);
  }

  private configure(process: RunningMeter): void {
    this.silence.broken();
    process.send({ type: 'configure', options: this.options! });
  }

  private take(report: MeterReport): void {
    this.silence.broken();
    if (report.type === 'active' || report.type === 'live') this.questions.answered(report.id, report.answer);
    else if (report.type === 'failed') this.refuse(report.code, report.message);
    else this.takeStatus(report);
  }

  /** What it is told cannot be done: the same would be told to the next one. */
  private refuse(code: string, message: string): void {
    this.givenUp = true;
    this.trouble = message;
    if (this.beginning) this.begun({ code, message });
    else this.events.log('error', `this host is not metered: ${message}`);
  }

  private takeStatus(report: Status): void {
    const level = METER_LEVELS.find((l) => l === report.level) ?? 'none';
    const notes = report.notes.slice(0, MOST_NOTES).map((note) => String(note).slice(0, NOTE_CHARACTERS));
    this.last = { ...report, level, notes };
    for (const key of Object.keys(METER_COUNTERS) as MeterCounterName[])
      this.counters.set(key, Number(report.counters[key]) || 0);
    this.setLevel(level);
    if (level === 'none') this.givenUp = true;
    else this.resumed();
    this.log.tellLevel(level, notes, report.policy?.length ?? null);
    this.begun(null);
  }

  private setLevel(level: MeterLevel): void {
    this.counters.set('up', level === 'none' ? 0 : 1);
    for (const each of METER_LEVELS) this.counters.set(`level_${each}`, each === level ? 1 : 0);
  }

  private resumed(): void {
    this.aliveMs = this.clock.wall();
    if (this.downMs === null) return;
    this.events.resumed(this.downMs);
    this.downMs = null;
  }

  private ended(cause: MeterEnd | null, why: string): void {
    this.process = null;
    this.setLevel('none');
    this.questions.giveUp();
    this.events.ended();
    if (!this.stopping && !(this.givenUp && this.last?.level === 'none')) this.restart(cause ?? 'died', why);
    this.begun(null);
  }

  private restart(cause: MeterEnd, why: string): void {
    this.restarts += 1;
    this.counters.add(cause);
    this.downMs ??= this.aliveMs || this.clock.wall();
    if (this.givenUp) return;
    this.trouble = `${METER_ENDS[cause]} (${why})`;
    if (this.events.gone) {
      this.givenUp = true;
      this.events.gone(this.trouble);
      return;
    }
    this.nextAt = this.clock.steady() + this.retryMs;
    this.log.tell('error', `the meter of this host ended: ${this.trouble}; another one is started`);
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
  }
}
