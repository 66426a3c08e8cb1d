import { applicationNumber } from '../../flow/index.ts';
import type { Announced } from '../../packet/index.ts';
import type { HashSecrets } from '../key-hash.ts';
import { REORDER_MS } from '../packet-clock.ts';
import { SetPlaces, sameWords, WAYS } from './set-places.ts';

/** 16,384 end points that are waited for. */
const SETS = 4096;
const MINUTE = 60_000;
/** Below are the servers of others: nobody is believed who announces their ports, save that of FTP for data and those of procedures. */
const PRIVILEGED = 1024;
const FTP_DATA = applicationNumber('ftp-data');
const FTP_DATA_PORT = 20;

/** Whose flows an announcement may name, so that nobody can name those of others by announcing their end points. */
const WHO = {
  /** Those of the two ends of the conversation: the end point is at the one that announces it, the flow is with the other. */
  pair: 0,
  /** Those of the one that announces it: the end point is its own, anybody may use it. */
  own: 1,
  /** Those of the one that is told: with whoever has the end point. */
  told: 2,
} as const;

interface Kind {
  readonly who: number;
  readonly ttlMs: number;
}

const TRANSFER: Kind = { who: WHO.pair, ttlMs: 2 * MINUTE };
const MEDIA: Kind = { who: WHO.own, ttlMs: 5 * MINUTE };
const PEER: Kind = { who: WHO.told, ttlMs: 10 * MINUTE };
/** End points of procedures: as long as the server runs, and asked for again seldom. */
const PROCEDURES: Kind = { who: WHO.own, ttlMs: 60 * MINUTE };

const KINDS: Readonly<Record<number, Kind>> = Object.fromEntries([
  ...(['ftp-data', 'tftp'] as const).map((name) => [applicationNumber(name), TRANSFER]),
  ...(['rtp', 'rtcp', 'srtp'] as const).map((name) => [applicationNumber(name), MEDIA]),
  ...(['napster', 'gnutella', 'edonkey', 'bittorrent', 'kazaa', 'soulseek'] as const).map((name) => [
    applicationNumber(name),
    PEER,
  ]),
]);

function kindOf(application: number): Kind {
  return KINDS[application] ?? PROCEDURES;
}

/** Whether it is a file that goes over: what is in it would be taken for what the flow speaks. */
export function isTransfer(application: number): boolean {
  return kindOf(application) === TRANSFER;
}

/** Whether packets have to look like media to be these. */
export function isMedia(application: number): boolean {
  return kindOf(application) === MEDIA;
}

/** End points that conversations announced, for a time. */
export class Expectations {
  /** Those that gave way to others before their time was over. */
  gaveWay = 0;
  /** Entries by port: for nearly all flows nothing is waited for, and this says so at once. */
  private readonly ofPort = new Uint16Array(65_536);
  private readonly places: SetPlaces;
  private readonly since: Float64Array;
  /** Four words each: the end point, and who was told of it. */
  private readonly ends: Uint32Array;
  private readonly told: Uint32Array;
  /** Protocol and port. */
  private readonly numbers: Uint32Array;
  private readonly applications: Uint16Array;

  constructor(secrets: HashSecrets) {
    this.places = new SetPlaces(SETS, secrets);
    const { capacity } = this.places;
    this.since = new Float64Array(capacity);
    this.ends = new Uint32Array(4 * capacity);
    this.told = new Uint32Array(4 * capacity);
    this.numbers = new Uint32Array(capacity);
    this.applications = new Uint16Array(capacity);
  }

  /** `sender` announced it to `receiver`. */
  add(announced: Announced, sender: Uint32Array, receiver: Uint32Array, timeMs: number): void {
    const { port, protocol, application } = announced;
    if (port === 0 || application === 0) return;
    const kind = kindOf(application);
    if (port < PRIVILEGED && kind !== PROCEDURES && !(port === FTP_DATA_PORT && application === FTP_DATA)) return;
    const { who, ttlMs } = kind;
    // Behind a NAT servers announce an address that nobody reaches: what is theirs is where they are.
    const end = who === WHO.pair || who === WHO.own ? sender : announced.address;
    const number = (protocol << 16) | port;
    const first = this.places.first(end, number);
    const place = this.find(first, end, number) ?? this.open(first, end, number, timeMs);
    this.places.until[place] = timeMs + ttlMs;
    this.since[place] = timeMs;
    this.told.set(receiver, 4 * place);
    this.applications[place] = application;
  }

  /** Whether anything is waited for at one of two ports, by any host. */
  waitsAt(aPort: number, bPort: number): boolean {
    return (this.ofPort[aPort]! | this.ofPort[bPort]!) !== 0;
  }

  /**
   * The application of a flow between `a` and `b` that has packets from `fromMs` to `toMs`; 0 where none is expected. Either end may be the one that was announced.
   */
  of(
    protocol: number,
    a: Uint32Array,
    aPort: number,
    b: Uint32Array,
    bPort: number,
    fromMs: number,
    toMs: number,
  ): number {
    if (!this.waitsAt(aPort, bPort)) return 0;
    return (
      this.at(b, (protocol << 16) | bPort, a, fromMs, toMs) || this.at(a, (protocol << 16) | aPort, b, fromMs, toMs)
    );
  }

  private at(end: Uint32Array, number: number, other: Uint32Array, fromMs: number, toMs: number): number {
    const place = this.find(this.places.first(end, number), end, number);
    if (place === undefined || fromMs > this.places.until[place]! || toMs + REORDER_MS < this.since[place]!) return 0;
    const application = this.applications[place]!;
    const { who } = kindOf(application);
    return who === WHO.own || sameWords(this.told, 4 * place, other, 0) ? application : 0;
  }

  private find(first: number, end: Uint32Array, number: number): number | undefined {
    for (let place = first; place < first + WAYS; place++) {
      if (this.numbers[place] === number && sameWords(this.ends, 4 * place, end, 0)) return place;
    }
    return undefined;
  }

  private open(first: number, end: Uint32Array, number: number, timeMs: number): number {
    const place = this.places.weakest(first);
    if (this.numbers[place] !== 0) this.ofPort[this.numbers[place]! & 0xffff]! -= 1;
    if (this.places.until[place]! > timeMs) this.gaveWay += 1;
    this.ofPort[number & 0xffff]! += 1;
    this.numbers[place] = number;
    this.ends.set(end, 4 * place);
    return place;
  }
}
