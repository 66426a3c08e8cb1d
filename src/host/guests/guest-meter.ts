import type { GuestStatus } from '../../ingest/index.ts';
import { END_REASON } from '../../meter/index.ts';
import type { HostBackend } from '../backend/host-backend.ts';
import type { RecordTaker } from '../table/host-record.ts';
import { UntoldMinutes } from '../table/untold-packets.ts';
import { type ConfiguredGuest, type GuestInterface, GuestInterfaces } from './guest-interfaces.ts';
import { GuestLink } from './guest-link.ts';
import { type GuestName, nameGuest } from './guest-name.ts';
import { GuestRecords } from './guest-records.ts';
import { GuestTraffic } from './guest-traffic.ts';

/** Interfaces that are metered; of each the kernel keeps a ring. */
const MOST_INTERFACES = 64;
/** The flows that may be open are shared out among so many, and among twice as many where there are more. */
const LEAST_SHARES = 4;
const LOOK_MS = 2_000;
/** A ring is looked at so often while packets come, and while none do. */
const BUSY_MS = 20;
const QUIET_MS = 200;
/** What has no name yet is asked for one after so long, then after twice as long each time. */
const FIRST_ASK_MS = 2_000;
const LAST_ASK_MS = 600_000;
/** Of many flows, those that are open are counted less often. */
const COUNT_MS = 1_000;
const FLOWS_PER_MS = 100;

export interface GuestSettings {
  readonly host: string;
  readonly exportPeriodMs: number;
  /** Whether names of servers are read from what guests send. */
  readonly serverNames: boolean;
  /** Flows that are open at once, of all guests. */
  readonly maxFlows: number;
  readonly configured: readonly ConfiguredGuest[];
  /** The name of a guest as it may be told beside its records; null where it may not. */
  readonly tell: (name: string) => string | null;
}

interface Asking {
  readonly found: GuestInterface;
  readonly link: GuestLink;
  readonly number: number;
  askMs: number;
  waitMs: number;
}

/** The traffic of guests whose packets are none of a socket of this host, by the interfaces that they come by. It has no clock. */
export class GuestMeter {
  private readonly interfaces: GuestInterfaces;
  private readonly settings: GuestSettings;
  private readonly traffic: GuestTraffic;
  private readonly records: GuestRecords;
  private readonly name: (found: GuestInterface) => GuestName;
  private readonly links = new Map<string, Asking>();
  private readonly gone = { packets: 0, bytes: 0, drops: 0 };
  private shares = LEAST_SHARES;
  private numbers = 0;
  private crowded = 0;
  private lookedMs = Number.NEGATIVE_INFINITY;
  private countedMs = Number.NEGATIVE_INFINITY;
  private minutes = new UntoldMinutes(0);

  constructor(
    level: HostBackend['level'],
    settings: GuestSettings,
    take: RecordTaker,
    name: (found: GuestInterface) => GuestName = (found) => nameGuest(found),
  ) {
    this.settings = settings;
    this.interfaces = new GuestInterfaces(settings.configured);
    this.traffic = new GuestTraffic(level);
    this.records = new GuestRecords(settings.host, take);
    this.name = name;
  }

  /** Meters packets that wait; how soon there may be more, in ms. */
  take(nowMs: number): number {
    let packets = 0;
    for (const { link } of this.links.values()) packets += link.take(nowMs);
    return packets > 0 ? BUSY_MS : QUIET_MS;
  }

  /** Once a second: which interfaces there are, and flows that are over. */
  look(nowMs: number): void {
    // A clock that was set back begins anew.
    if (nowMs < this.lookedMs) for (const one of this.links.values()) one.askMs = Math.min(one.askMs, nowMs);
    if (nowMs - this.lookedMs >= LOOK_MS || nowMs < this.lookedMs) {
      this.lookedMs = nowMs;
      this.traffic.own.refresh();
      this.find(nowMs);
    }
    for (const one of this.links.values()) {
      if (one.link.look(nowMs)) askAnew(one, nowMs);
      this.ask(one, nowMs);
    }
  }

  get status(): GuestStatus[] {
    return this.guests().map((link) => ({
      interface: link.name,
      ...this.told(link),
      metered: link.isOpen,
      problem: link.problem ?? '',
    }));
  }

  /** For people: what is not metered, and why. */
  get notes(): string[] {
    const notes = this.guests().flatMap((link) =>
      link.problem === null ? [] : [`guest ${this.told(link).name} on ${link.name} is not metered: ${link.problem}`],
    );
    if (this.crowded > 0)
      notes.push(`${this.crowded} more interfaces of guests are not metered: ${MOST_INTERFACES} are the most`);
    return notes;
  }

  get counts(): { guests: number; open: number; packets: number; bytes: number; drops: number } {
    const total = { guests: 0, open: 0, ...this.gone };
    for (const { link } of this.links.values()) {
      total.guests += link.isOpen ? 1 : 0;
      total.open += link.open;
      total.packets += link.packets;
      total.bytes += link.bytes;
      total.drops += link.drops;
    }
    return total;
  }

  /** Flows that are not over, of what is in no record yet. */
  openFlows(nowMs: number, take: RecordTaker): void {
    const records = new GuestRecords(this.settings.host, take);
    for (const { link } of this.links.values())
      link.openFlows((flows) => link.record(records, flows, 0, END_REASON.active, nowMs));
  }

  /** Packets that are in no record yet, by minute, once each; counted anew now and then. */
  untold(nowMs: number): ReadonlyMap<number, number> {
    const open = [...this.links.values()].reduce((sum, { link }) => sum + link.open, 0);
    const every = Math.max(COUNT_MS, open / FLOWS_PER_MS);
    if (nowMs - this.countedMs < every && nowMs >= this.countedMs) return this.minutes.packets;
    this.countedMs = nowMs;
    this.minutes = new UntoldMinutes(nowMs);
    for (const { link } of this.links.values())
      link.openFlows((flows) => {
        if (!link.isDuplicate(flows, 0)) this.minutes.add(flows.packets[0]!, flows.start[0]!, flows.end[0]!);
      });
    return this.minutes.packets;
  }

  /** Records of all that is open. */
  end(nowMs: number): void {
    for (const { link } of this.links.values()) link.close(nowMs);
    this.countedMs = Number.NEGATIVE_INFINITY;
  }

  /** But for taps that are none of a guest. */
  private guests(): GuestLink[] {
    return [...this.links.values()].flatMap(({ link }) => (link.guest.notGuest === null ? [link] : []));
  }

  /** As the privacy policy leaves it; the interface stands for a name that it takes out. */
  private told({ name: by, guest }: GuestLink): Pick<GuestStatus, 'name' | 'named_by'> {
    if (guest.by === 'interface') return { name: guest.name, named_by: guest.by };
    const name = this.settings.tell(guest.name);
    return { name: name ?? by, named_by: name === guest.name ? guest.by : 'policy' };
  }

  private find(nowMs: number): void {
    const found = new Map(this.interfaces.look().map((one) => [one.name, one]));
    for (const [name, one] of this.links) if (!found.has(name)) this.leave(one, nowMs);
    const fresh = [...found.values()].filter(({ name }) => !this.links.has(name));
    const room = MOST_INTERFACES - this.links.size;
    this.crowded = Math.max(0, fresh.length - room);
    for (const one of fresh.slice(0, Math.max(0, room))) this.enter(one, nowMs);
    this.share(nowMs);
  }

  private enter(found: GuestInterface, nowMs: number): void {
    const { traffic, records, settings } = this;
    this.numbers += 1;
    const number = this.numbers;
    const { exportPeriodMs, serverNames } = settings;
    const options = { exportPeriodMs, serverNames, traffic, records, number };
    const link = new GuestLink(found, unnamed(found.name), this.roomOfEach(), options);
    this.links.set(found.name, { found, link, number, askMs: nowMs, waitMs: FIRST_ASK_MS });
  }

  private leave({ link, number }: Asking, nowMs: number): void {
    link.close(nowMs);
    this.gone.packets += link.packets;
    this.gone.bytes += link.bytes;
    this.gone.drops += link.drops;
    this.links.delete(link.name);
    this.traffic.leave(number);
  }

  /** The name of a guest may come later than its interface. What is held by another program than a guest is left alone. */
  private ask(one: Asking, nowMs: number): void {
    const { link, found } = one;
    if (nowMs < one.askMs) return;
    one.askMs = nowMs + one.waitMs;
    one.waitMs = Math.min(LAST_ASK_MS, one.waitMs * 2);
    if (link.guest.by === 'interface') link.guest = this.name({ ...found, index: link.index });
    if (link.guest.notGuest !== null) link.close(nowMs);
    else if (!link.isOpen) link.openRing();
  }

  /** Each has the same share of the flows that may be open; when there are many more of them, less. */
  private share(nowMs: number): void {
    let shares = LEAST_SHARES;
    while (shares < this.links.size) shares *= 2;
    if (shares === this.shares) return;
    this.shares = shares;
    for (const { link } of this.links.values()) link.resize(this.roomOfEach(), nowMs);
  }

  private roomOfEach(): number {
    return Math.max(1, Math.floor(this.settings.maxFlows / this.shares));
  }
}

function unnamed(name: string): GuestName {
  return { name, by: 'interface', notGuest: null };
}

/** Another guest may have the interface now. */
function askAnew(one: Asking, nowMs: number): void {
  one.link.guest = unnamed(one.link.name);
  one.askMs = nowMs;
  one.waitMs = FIRST_ASK_MS;
}
