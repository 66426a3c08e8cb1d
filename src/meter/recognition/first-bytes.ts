import { type Finding, type Openings, type PacketFields, type Payload, recognise } from '../../packet/index.ts';
import type { Inspections } from './inspections.ts';
import { JOINED_BYTES, type JoinedBytes } from './joined-bytes.ts';

const TCP = 6;
const SYN = 2;
/** Of each side, the recognisers are given so many payloads at most; of a conversation, so many packets with payload are looked at. */
const MOST_TURNS = 10;
export const MOST_PACKETS = 20;
/** Fewer bytes tell nothing to most recognisers: more are waited for though none asked for them. */
const FEW_BYTES = 16;
/** Packets that come behind a gap, before it is taken for bytes that are not going to come. */
const MOST_WAITS = 6;

const NO_DATA = new DataView(new ArrayBuffer(0));

/**
 * Gives recognisers the first bytes of each side: of TCP in their order, joined where more of them may tell, and none of them twice; of UDP each datagram,
 * behind those of before for which more was asked.
 */
export class FirstBytes {
  private readonly inspections: Inspections;
  private readonly joined: JoinedBytes;
  private readonly finding: Finding;
  /** Whether pieces can be joined: not where packets are passed over. */
  private readonly joins: boolean;
  private readonly given: Payload;

  constructor(inspections: Inspections, joined: JoinedBytes, finding: Finding, openings: Openings, joins: boolean) {
    this.inspections = inspections;
    this.joined = joined;
    this.finding = finding;
    this.joins = joins;
    this.given = {
      data: NO_DATA,
      at: 0,
      length: 0,
      protocol: 0,
      srcPort: 0,
      dstPort: 0,
      srcAddr: new Uint32Array(4),
      dstAddr: new Uint32Array(4),
      side: 0,
      turn: 0,
      application: 0,
      candidate: 0,
      openings,
    };
  }

  /**
   * Looks at a payload of a side of which nothing is kept, the `turn`th: false where its stream begins with bytes that have not come. Usually this tells all that there is
   * to know, and the conversation needs no place among the inspections.
   */
  alone(side: 0 | 1, turn: number, fields: PacketFields, known: number, begins: number): boolean {
    const { given, joins } = this;
    if (joins && fields.protocol === TCP && begins >= 0 && ((sequenceOf(fields) - begins) | 0) !== 0) return false;
    given.side = side;
    given.application = known;
    given.turn = joins ? turn : 0;
    given.candidate = 0;
    this.give(fields, fields.data, fields.payloadAt, fields.payloadLength);
    return true;
  }

  /** Whether what was given alone is not enough: more may tell, or is to be looked at. */
  get isShort(): boolean {
    const { finding } = this;
    return this.joins && (finding.watch || finding.candidate !== 0 || this.isWorthMore(0));
  }

  /** Whether nothing more of a side is looked at when the `turn`th payload that was given alone says nothing. */
  isLast(turn: number, { protocol }: PacketFields): boolean {
    return (this.joins && protocol === TCP) || turn + 1 >= MOST_TURNS;
  }

  /** What was given alone is kept after all. */
  keepAlone(position: number, side: 0 | 1, fields: PacketFields): void {
    const { inspections } = this;
    const s = 2 * position + side;
    inspections.packets[position]! += 1;
    if (fields.protocol !== TCP) {
      this.noteTurn(s);
      if (this.isWorthMore(inspections.turns[s]!))
        this.joined.put(this.take(s), 0, fields.data, fields.payloadAt, fields.payloadLength);
      return;
    }
    const sequence = sequenceOf(fields);
    inspections.hasBase[s] = 1;
    this.noteAnswered(s, fields);
    this.noteTurn(s);
    inspections.base[s] = sequence + wholeLength(fields);
    this.keep(s, fields, sequence, 0);
  }

  /**
   * Looks at the payload of a packet: true when the finding is new. `known`: what payload showed the flow to be; `begins`: sequence number of the
   * first byte of the side, below 0 where it is not known.
   */
  look(position: number, side: 0 | 1, fields: PacketFields, known: number, begins: number): boolean {
    const { inspections, given } = this;
    const s = 2 * position + side;
    if (inspections.watched[position] === 0) {
      if (inspections.packets[position]! < MOST_PACKETS) inspections.packets[position]! += 1;
      if (inspections.done[s] !== 0) return false;
    }
    given.side = side;
    given.application = known;
    if (!this.joins) return this.ask(s, fields, fields.data, fields.payloadAt, fields.payloadLength);
    return fields.protocol === TCP ? this.segment(s, fields, begins) : this.datagram(s, fields);
  }

  /** Whether nothing more of a conversation is worth a look that is not known yet. */
  isOver(position: number): boolean {
    const { inspections } = this;
    const both = inspections.done[2 * position]! & inspections.done[2 * position + 1]!;
    return both !== 0 || inspections.packets[position]! >= MOST_PACKETS;
  }

  /** Whether recognisers were given payload of a conversation, and no more of it, nor of the other side, could make it one of theirs. */
  saysNothing(position: number): boolean {
    const { turns, cut, candidate } = this.inspections;
    const sides = 2 * position;
    return turns[sides]! + turns[sides + 1]! > 0 && cut[sides]! + cut[sides + 1]! === 0 && candidate[position] === 0;
  }

  private datagram(s: number, fields: PacketFields): boolean {
    const { inspections, joined } = this;
    const { data, payloadAt, payloadLength } = fields;
    const buffer = inspections.buffer[s]!;
    if (buffer === 0 || !joined.isOf(buffer, s)) {
      this.ask(s, fields, data, payloadAt, payloadLength);
      inspections.buffer[s] = 0;
      if (this.isWorthMore(inspections.turns[s]!)) joined.put(this.take(s), 0, data, payloadAt, payloadLength);
      return true;
    }
    const before = joined.length(buffer);
    if (before + payloadLength > JOINED_BYTES) {
      inspections.drop(s);
      return this.ask(s, fields, data, payloadAt, payloadLength);
    }
    joined.put(buffer, before, data, payloadAt, payloadLength);
    this.ask(s, fields, joined.view, joined.at(buffer), joined.length(buffer));
    if (!this.isWorthMore(inspections.turns[s]!)) inspections.drop(s);
    return true;
  }

  private segment(s: number, fields: PacketFields, begins: number): boolean {
    const { inspections } = this;
    const sequence = sequenceOf(fields);
    if (inspections.hasBase[s] === 0) {
      const ahead = begins < 0 ? 0 : (sequence - begins) | 0;
      // One byte before the first is a keepalive (RFC 9293 section 3.8.4).
      inspections.base[s] = ahead >= -1 && ahead < JOINED_BYTES ? sequence - ahead : sequence;
      inspections.hasBase[s] = 1;
    }
    this.noteAnswered(s, fields);
    const offset = (sequence - inspections.base[s]!) | 0;
    const buffer = inspections.buffer[s]!;
    if (buffer === 0) {
      return offset > 0 ? this.afterGap(s, fields, sequence, offset) : this.next(s, fields, sequence, -offset);
    }
    if (this.joined.isOf(buffer, s)) return this.piece(s, buffer, fields, sequence, offset);
    // It was taken away, with the bytes of before.
    this.giveUp(s, sequence + wholeLength(fields));
    return false;
  }

  /** The other side begins where this one acknowledges, if nothing of it was seen. */
  private noteAnswered(s: number, { data, transportAt }: PacketFields): void {
    const { inspections } = this;
    const other = s ^ 1;
    if (inspections.hasBase[other] !== 0 || inspections.turns[s] !== 0) return;
    const acknowledged = data.getUint32(transportAt + 8);
    if (acknowledged === 0) return;
    inspections.base[other] = acknowledged;
    inspections.hasBase[other] = 1;
  }

  /** In order, save that the first `skip` bytes came before. */
  private next(s: number, fields: PacketFields, sequence: number, skip: number): boolean {
    const { inspections } = this;
    const { data, payloadAt, payloadLength } = fields;
    const whole = wholeLength(fields);
    if (skip >= whole) return false;
    const begin = inspections.base[s]!;
    inspections.base[s] = sequence + whole;
    if (skip >= payloadLength) return false;
    this.ask(s, fields, data, payloadAt + skip, payloadLength - skip);
    this.keep(s, fields, begin, skip);
    return true;
  }

  /** Keeps the bytes behind the first `skip`, which begin the stream at `begin`, where more may tell. */
  private keep(s: number, { data, payloadAt, payloadLength }: PacketFields, begin: number, skip: number): void {
    const { inspections, joined } = this;
    if (this.isWorthMore(inspections.turns[s]!)) {
      inspections.base[s] = begin;
      joined.put(this.take(s), 0, data, payloadAt + skip, payloadLength - skip);
    } else if (inspections.watched[s >>> 1] === 0 && this.finding.application === 0) inspections.done[s] = 1;
  }

  /** What is between may still come. */
  private afterGap(s: number, fields: PacketFields, sequence: number, offset: number): boolean {
    const { data, payloadAt, payloadLength } = fields;
    if (offset >= JOINED_BYTES || this.inspections.watched[s >>> 1] !== 0) {
      this.inspections.base[s] = sequence;
      return this.next(s, fields, sequence, 0);
    }
    this.joined.put(this.take(s), offset, data, payloadAt, payloadLength);
    return false;
  }

  /** One more piece of what is joined. */
  private piece(s: number, buffer: number, fields: PacketFields, sequence: number, offset: number): boolean {
    const { inspections, joined } = this;
    const { data, payloadAt, payloadLength } = fields;
    const skip = Math.max(0, -offset);
    if (skip >= payloadLength) return false;
    if (!joined.put(buffer, offset + skip, data, payloadAt + skip, payloadLength - skip)) {
      inspections.waits[s]! += 1;
      if (inspections.waits[s]! > MOST_WAITS || offset >= JOINED_BYTES) this.giveUp(s, sequence + payloadLength);
      return false;
    }
    inspections.waits[s] = 0;
    const length = joined.length(buffer);
    this.ask(s, fields, joined.view, joined.at(buffer), length);
    if (this.isWorthMore(inspections.turns[s]!) && length < JOINED_BYTES) return true;
    const found = this.finding.application !== 0;
    this.giveUp(s, inspections.base[s]! + length);
    if (found) inspections.done[s] = 0;
    return true;
  }

  private giveUp(s: number, base: number): void {
    const { inspections } = this;
    inspections.drop(s);
    inspections.base[s] = base;
    inspections.waits[s] = 0;
    if (inspections.watched[s >>> 1] === 0) inspections.done[s] = 1;
  }

  /** Whether the bytes are worth keeping, to be given again with what follows. */
  private isWorthMore(turns: number): boolean {
    const { finding, given } = this;
    if (finding.more) return finding.application === 0 || finding.watch;
    if (finding.application !== 0 || given.application !== 0 || given.protocol !== TCP) return false;
    return finding.candidate !== 0 || (given.length < FEW_BYTES && turns < MOST_TURNS);
  }

  private ask(s: number, fields: PacketFields, data: DataView, at: number, length: number): boolean {
    const { inspections, given } = this;
    given.turn = this.joins ? inspections.turns[s]! : 0;
    given.candidate = this.joins ? inspections.candidate[s >>> 1]! : 0;
    this.give(fields, data, at, length);
    this.noteTurn(s);
    if (inspections.watched[s >>> 1] === 0 && inspections.turns[s]! >= MOST_TURNS) inspections.done[s] = 1;
    return true;
  }

  private noteTurn(s: number): void {
    const { inspections, finding } = this;
    if (inspections.turns[s]! < 255) inspections.turns[s]! += 1;
    inspections.cut[s] = finding.more ? 1 : 0;
    if (finding.candidate !== 0) inspections.candidate[s >>> 1] = finding.candidate;
  }

  private give(fields: PacketFields, data: DataView, at: number, length: number): void {
    const { given } = this;
    given.data = data;
    given.at = at;
    given.length = length;
    given.protocol = fields.protocol;
    given.srcPort = fields.srcPort;
    given.dstPort = fields.dstPort;
    copyWords(fields.srcAddr, given.srcAddr);
    copyWords(fields.dstAddr, given.dstAddr);
    recognise(given, this.finding);
  }

  private take(s: number): number {
    const buffer = this.joined.take(s);
    this.inspections.buffer[s] = buffer;
    return buffer;
  }
}

/** Of the first byte of payload. A SYN may have data (RFC 7413); it takes a number of its own. */
function sequenceOf({ data, transportAt, tcpFlags }: PacketFields): number {
  return (data.getUint32(transportAt + 4) + ((tcpFlags & SYN) !== 0 ? 1 : 0)) >>> 0;
}

/** What TCP's numbers count: all payload of the segment, however much of it was captured. */
function wholeLength({ ipBytes, ipAt, payloadAt, payloadLength, fragment }: PacketFields): number {
  if (ipBytes === 0 || ipAt < 0 || fragment) return payloadLength;
  return Math.max(payloadLength, ipBytes - (payloadAt - ipAt));
}

/** Written out: `set` of four words costs more than the four stores. */
function copyWords(from: Uint32Array, to: Uint32Array): void {
  to[0] = from[0]!;
  to[1] = from[1]!;
  to[2] = from[2]!;
  to[3] = from[3]!;
}
