import { ACTIVITIES, type Activity, type Maker } from './activities.ts';
import { type Campus, campusOf, ip, type Place, placeOf, SERVER } from './campus.ts';
import { DatagramCapture } from './datagram-capture.ts';
import { DemoExporter, type DemoExporterOptions, type Period } from './demo-exporter.ts';
import { type DemoFlow, directions, type Talk } from './flow.ts';
import { type Planted, type Schedule, scheduleOf } from './planted.ts';
import { attacks } from './planted-attacks.ts';
import { changes, NEW_WIKI, OLD_WIKI } from './planted-changes.ts';
import { Random } from './random.ts';
import { MINUTE_MS, perMinute } from './rhythm.ts';
import { newTally, type Tally } from './tally.ts';

export interface DemoOptions {
  /** 0 up to 2^53 - 1. */
  readonly seed: number;
  readonly days: number;
  /** About so many flows are made, those of planted events beside them. */
  readonly flows: number;
  /** The end, ms since 1970. */
  readonly untilMs: number;
}

const DAY_MS = 86_400_000;
const COLLECTOR = SERVER.monitor;
const NORTH_ROUTER = ip(10, 10, 0, 1);
const DORMS_ROUTER = ip(10, 20, 0, 1);
const PORT = { ipfix: 4_739, netflow9: 2_055, netflow5: 2_055 } as const;
const ACTIVE_MS = 300_000;
const ROUTER_REFRESH_MS = 600_000;
/** Agents are many, and say little. */
const AGENT_REFRESH_MS = 3_600_000;
export const SAMPLING = 512;
const LOST_ONE_IN = 8;

/** Streams of random numbers of one seed. */
const STREAM = { campus: 1, ordinary: 2, planted: 1_000, exporter: 2_000 } as const;

interface Arrived {
  readonly from: DemoExporter;
  readonly datagram: Uint8Array;
  readonly timeMs: number;
}

/**
 * A campus for some days: what its hosts do, what is planted among it, and what its exporters tell of that, as the capture that a collector would make.
 * The same options give the same bytes. Nothing is read from a clock.
 */
export class Demo {
  readonly options: DemoOptions;
  readonly whole: Period;
  readonly planted: readonly Planted[];
  readonly exporters: readonly DemoExporter[];
  /** What was made of each planted event, each flow once. */
  readonly madeOf: readonly Tally[];
  readonly made: Tally = newTally();
  /** What two exporters saw, each flow once. */
  readonly seenTwice: Tally = newTally();
  /** What did not come about because the network was down. */
  readonly prevented: Tally = newTally();
  readonly networkOutage: Period;
  readonly exporterOutage: Period;
  readonly overload: Period;
  private readonly campus: Campus;
  private readonly wikiMovesMs: number;
  private readonly movedService: number;
  private readonly north: DemoExporter;
  private readonly dorms: DemoExporter;
  private readonly agents: ReadonlyMap<number, DemoExporter>;
  private arrived: Arrived[] = [];

  constructor(options: DemoOptions) {
    this.options = options;
    const untilMs = Math.floor(options.untilMs / MINUTE_MS) * MINUTE_MS;
    this.whole = { fromMs: untilMs - options.days * DAY_MS, toMs: untilMs };
    this.campus = campusOf(new Random(options.seed, STREAM.campus));
    const schedule = scheduleOf(this.whole, options.flows);
    this.networkOutage = schedule.at(2, 10.7, 25);
    this.exporterOutage = schedule.at(4, 20, 180);
    this.overload = schedule.at(5, 14.2, 30);
    this.wikiMovesMs = schedule.at(3, 7, 60).fromMs;
    this.planted = plantedIn(schedule, this.campus, this.wikiMovesMs);
    this.movedService = this.planted.findIndex(({ kind }) => kind === 'moved_service');
    this.madeOf = this.planted.map(newTally);
    const router = { activeMs: ACTIVE_MS, refreshMs: ROUTER_REFRESH_MS };
    this.north = this.exporter(0, {
      ...router,
      address: NORTH_ROUTER,
      name: 'north',
      protocol: 'ipfix',
      sampling: 1,
      lossy: { ...this.overload, in: LOST_ONE_IN },
    });
    this.dorms = this.exporter(1, {
      ...router,
      address: DORMS_ROUTER,
      name: 'dorms',
      protocol: 'netflow9',
      sampling: SAMPLING,
      off: this.exporterOutage,
    });
    this.agents = new Map(this.campus.lab.map((host, i) => [host.address, this.agent(i, host)]));
    this.exporters = [this.north, this.dorms, ...this.agents.values()];
  }

  /** The capture, minute by minute. What is counted is whole when it has ended. */
  async *capture(): AsyncGenerator<Uint8Array> {
    const { fromMs, toMs } = this.whole;
    const capture = new DatagramCapture();
    const ordinary = this.ordinary();
    for (let minute = fromMs; minute < toMs; minute += MINUTE_MS) {
      ordinary(minute);
      this.plant(minute);
      for (const exporter of this.exporters) exporter.minute(minute);
      this.arrived.sort((a, b) => a.timeMs - b.timeMs);
      for (const { from, datagram, timeMs } of this.arrived) {
        const { address, protocol } = from.options;
        capture.add(address, COLLECTOR, PORT[protocol], datagram, timeMs);
      }
      this.arrived = [];
      yield* capture.take();
    }
    yield* capture.end();
  }

  private agent(i: number, host: Campus['lab'][number]): DemoExporter {
    const { address, name } = host;
    const said = { address, name, host, activeMs: ACTIVE_MS, refreshMs: AGENT_REFRESH_MS };
    return this.exporter(2 + i, { ...said, protocol: 'ipfix', sampling: 1 });
  }

  private exporter(i: number, options: DemoExporterOptions): DemoExporter {
    const random = new Random(this.options.seed, STREAM.exporter + i);
    return new DemoExporter(options, random, (from, datagram, timeMs) => this.arrived.push({ from, datagram, timeMs }));
  }

  /** Makes the ordinary traffic of a minute. */
  private ordinary(): (minute: number) => void {
    const { fromMs } = this.whole;
    const minutes = this.options.days * 1_440;
    const random = new Random(this.options.seed, STREAM.ordinary);
    const maker: Maker = {
      random,
      campus: this.campus,
      wikiAt: (ms) =>
        ms < this.wikiMovesMs ? { ...OLD_WIKI, event: undefined } : { ...NEW_WIKI, event: this.movedService },
      talk: (talk) => this.talk(talk),
    };
    const expected = ACTIVITIES.map((activity) => perMinute(activity.rhythm, fromMs, minutes, this.turnsOf(activity)));
    return (minute) => {
      const i = (minute - fromMs) / MINUTE_MS;
      ACTIVITIES.forEach(({ turn }, a) => {
        for (let n = random.poisson(expected[a]![i]!); n > 0; n--) turn(maker, minute + random.whole(0, MINUTE_MS - 1));
      });
    };
  }

  private turnsOf({ share, flows }: Activity): number {
    return (this.options.flows * share) / flows;
  }

  private plant(minuteMs: number): void {
    const talk = (made: Talk) => this.talk(made);
    this.planted.forEach(({ minute }, event) => {
      minute?.({ random: this.plantedRandom(event), campus: this.campus, talk }, minuteMs, event);
    });
  }

  private readonly randoms = new Map<number, Random>();

  private plantedRandom(event: number): Random {
    const known = this.randoms.get(event);
    if (known) return known;
    const random = new Random(this.options.seed, STREAM.planted + event);
    this.randoms.set(event, random);
    return random;
  }

  private talk(asked: Talk): void {
    const { toMs } = this.whole;
    if (asked.startMs >= toMs) return;
    const talk = asked.startMs + asked.durationMs < toMs ? asked : clipped(asked, toMs - 1);
    const down = this.isDown(talk);
    for (const flow of directions(talk)) {
      if (!flow) continue;
      if (down) {
        count(this.prevented, flow);
        continue;
      }
      count(this.made, flow);
      if (flow.event >= 0) count(this.madeOf[flow.event]!, flow);
      this.pass(flow);
    }
  }

  /** The link of `north` to the world is down: what begins then does not come about. */
  private isDown({ startMs, client, server }: Talk): boolean {
    const { fromMs, toMs } = this.networkOutage;
    if (startMs < fromMs || startMs >= toMs) return false;
    const places = [placeOf(client), placeOf(server)];
    return places.includes('north') && places.includes('outside');
  }

  /** Past every meter on its way. */
  private pass(flow: DemoFlow): void {
    const places: readonly Place[] = [placeOf(flow.src), placeOf(flow.dst)];
    let seen = 0;
    for (const exporter of [
      places.includes('north') ? this.north : undefined,
      places.includes('dorms') ? this.dorms : undefined,
      this.agents.get(flow.src),
      this.agents.get(flow.dst),
    ]) {
      if (!exporter) continue;
      exporter.see(flow);
      seen += 1;
    }
    if (seen > 1) count(this.seenTwice, flow);
  }
}

function plantedIn(schedule: Schedule, campus: Campus, wikiMovesMs: number): Planted[] {
  return [...attacks(schedule), ...changes(schedule, campus, wikiMovesMs)];
}

/** What would last beyond the end is seen up to there. */
function clipped(talk: Talk, endMs: number): Talk {
  const durationMs = endMs - talk.startMs;
  const share = durationMs / talk.durationMs;
  const { packets, up, down } = talk;
  const fewer = packets && ([Math.max(1, Math.round(packets[0] * share)), Math.round(packets[1] * share)] as const);
  return { ...talk, durationMs, up: up * share, down: down * share, ...(fewer ? { packets: fewer } : {}) };
}

function count(tally: Tally, { packets, bytes }: DemoFlow): void {
  tally.flows += 1;
  tally.packets += packets;
  tally.bytes += bytes;
}
