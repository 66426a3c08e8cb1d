import { newFinding, type PacketFields } from '../../packet/index.ts';
import { NONE } from '../expiry-wheel.ts';
import { RECORD_U32, STATE, STATE_SHIFT, U32 } from '../flow-record.ts';
import type { FlowTable } from '../flow-table.ts';
import { lastOf, startOf } from '../flow-times.ts';
import type { HashSecrets } from '../key-hash.ts';
import type { MeterOptions } from '../meter-options.ts';
import type { PacketKey } from '../packet-key.ts';
import { has, isOpening, setState } from '../tcp-connection.ts';
import { Expectations, isMedia, isTransfer } from './expectations.ts';
import { FirstBytes, MOST_PACKETS } from './first-bytes.ts';
import { isBare, isDoneIn, packetsIn, turnsIn, withDone, withPacket, withTurn } from './first-looks.ts';
import {
  addSecurity,
  applicationIn,
  CLIENT_SIDE,
  EVIDENCE,
  evidenceIn,
  SECURITY_OK,
  securityIn,
  setApplication,
  setClientSide,
  withSidesTurned,
} from './flow-naming.ts';
import { Inspections } from './inspections.ts';
import { JoinedBytes } from './joined-bytes.ts';
import { beginsSecured, looksLikeMedia } from './media-packets.ts';
import { OpeningBudget } from './opening-budget.ts';
import type { RecognitionCounts } from './recognition-counts.ts';
import { ServerNames } from './server-names.ts';

const TCP = 6;
const UDP = 17;
const ACK = 16;

const MOST_INSPECTED = 65_536;
/**
 * Gives flows their application and the name of their server: from the first payloads of both sides, from what other conversations announced, and from names that
 * the client was given for the address. What is known goes into the records of both directions. On a meter that takes only some packets, each payload stands
 * for itself: what rests on several is not said.
 */
export class Recognition {
  readonly names: ServerNames;
  private readonly table: FlowTable;
  private readonly key: PacketKey;
  private readonly biflow: boolean;
  private readonly serverNames: boolean;
  /** All packets of a flow are seen. */
  private readonly sees: boolean;
  private readonly joined = new JoinedBytes();
  private readonly inspections: Inspections;
  private readonly openings: OpeningBudget;
  private readonly firstBytes: FirstBytes;
  private readonly expectations: Expectations;
  private readonly finding = newFinding();
  /** Addresses of a record that is looked up. */
  private readonly src = new Uint32Array(4);
  private readonly dst = new Uint32Array(4);

  constructor(table: FlowTable, key: PacketKey, secrets: HashSecrets, options: MeterOptions) {
    const { biflow, maxFlows, sampling, serverNames } = options;
    this.table = table;
    this.key = key;
    this.biflow = biflow;
    this.serverNames = serverNames;
    this.sees = sampling.kind === 'none' || sampling.kind === 'flow' || sampling.rate === 1;
    this.names = new ServerNames(table, secrets, maxFlows, this.sees);
    this.inspections = new Inspections(Math.min(MOST_INSPECTED, maxFlows), this.joined);
    this.openings = new OpeningBudget(secrets);
    this.firstBytes = new FirstBytes(this.inspections, this.joined, this.finding, this.openings, this.sees);
    this.expectations = new Expectations(secrets);
  }

  count(counts: RecognitionCounts): void {
    counts.recognitionsCut = this.inspections.gaveWay;
    counts.joinsCut = this.joined.takenAway;
    counts.namesLeftOut = this.names.table.full;
    counts.givenNamesCut = this.names.givenNamesCut;
    counts.initialsCut = this.openings.leftClosed;
    counts.announcementsCut = this.expectations.gaveWay;
  }

  /** A flow begins with this packet; its key stands in its record. */
  begin(slot: number, fields: PacketFields, timeMs: number): void {
    const { u32 } = this.table;
    const u = slot * RECORD_U32;
    u32[u + U32.naming] = 0;
    u32[u + U32.serverName] = 0;
    u32[u + U32.inspection] = 0;
    const { protocol } = fields;
    if ((protocol !== TCP && protocol !== UDP) || !fields.hasPorts) {
      setState(u32, u, STATE.settled);
      return;
    }
    const other = this.opposite(fields);
    // A connection that is over says nothing of the next one.
    if (other !== NONE && !has(u32, other * RECORD_U32, STATE.closed)) this.inherit(slot, other);
    else {
      if (protocol === TCP && isOpening(fields.tcpFlags) && (fields.tcpFlags & ACK) !== 0)
        setState(u32, u, STATE.responder);
      this.names.lookUp(u, fields, has(u32, u, STATE.responder), timeMs);
    }
    // Who sends the SYN began, and the other end was asked: nothing says it better.
    if (protocol === TCP && isOpening(fields.tcpFlags))
      setClientSide(u32, u, (fields.tcpFlags & ACK) === 0 ? CLIENT_SIDE.source : CLIENT_SIDE.destination);
    if (applicationIn(u32[u + U32.naming]!) === 0) this.lookUpState(slot, fields, timeMs);
  }

  /** The other direction of a flow of both turned out to be the first one. */
  turned(slot: number): void {
    const { u32 } = this.table;
    const u = slot * RECORD_U32;
    u32[u + U32.flags]! &= ~((STATE.responder | STATE.passed) << STATE_SHIFT);
    setClientSide(u32, u, CLIENT_SIDE.source);
    const position = u32[u + U32.inspection]!;
    if (!isBare(position)) this.inspections.leave(position, slot);
    u32[u + U32.inspection] = 0;
  }

  /** A packet with payload of a flow that is not settled. */
  payload(slot: number, fields: PacketFields, timeMs: number, reverse: boolean): void {
    const { u32 } = this.table;
    this.openings.at(timeMs);
    const u = slot * RECORD_U32;
    if (applicationIn(u32[u + U32.naming]!) === 0) this.lookUpState(slot, fields, timeMs);
    if (this.isAnnouncedForGood(slot, fields)) {
      const other = this.opposite(fields);
      this.noteOk(slot, other);
      this.settle(slot, other, 0);
      return;
    }
    const side = ((reverse ? 1 : 0) ^ (has(u32, u, STATE.responder) ? 1 : 0)) as 0 | 1;
    const begins = has(u32, u, STATE.isn) && !(this.biflow && side === 1) ? u32[u + U32.isn]! + 1 : -1;
    const kept = u32[u + U32.inspection]!;
    if (isBare(kept)) this.lookAlone(slot, side, kept, fields, timeMs, begins);
    else this.lookOn(slot, side, kept, fields, timeMs, begins);
  }

  /** Whether its payload says nothing of what the flow is, which was announced. A transfer that begins as an encrypted connection does is no longer taken for one. */
  private isAnnouncedForGood(slot: number, fields: PacketFields): boolean {
    const word = this.table.u32[slot * RECORD_U32 + U32.naming]!;
    if (evidenceIn(word) !== EVIDENCE.state) return false;
    const application = applicationIn(word);
    if (!isTransfer(application) || !beginsSecured(fields)) return isTransfer(application) || isMedia(application);
    const other = this.opposite(fields);
    this.name(slot, 0, EVIDENCE.none);
    if (other !== NONE) this.name(other, 0, EVIDENCE.none);
    return false;
  }

  /** Packets with payload that were looked at before. */
  private lookedAt(u: number): number {
    const kept = this.table.u32[u + U32.inspection]!;
    return isBare(kept) ? packetsIn(kept) : this.inspections.packets[kept]!;
  }

  /** A payload of a conversation of which nothing is kept. */
  private lookAlone(
    slot: number,
    side: 0 | 1,
    before: number,
    fields: PacketFields,
    timeMs: number,
    begins: number,
  ): void {
    const { firstBytes, finding } = this;
    const { u32 } = this.table;
    const u = slot * RECORD_U32;
    const word = withPacket(before);
    if (isDoneIn(word, side)) {
      u32[u + U32.inspection] = word;
      if (packetsIn(word) >= MOST_PACKETS) setState(u32, u, STATE.settled);
      return;
    }
    const turn = turnsIn(word, side);
    const known = this.knownOf(u);
    if (!firstBytes.alone(side, turn, fields, known, begins)) {
      this.lookOn(slot, side, this.open(slot, before, this.opposite(fields)), fields, timeMs, begins);
    } else if (firstBytes.isShort) {
      const other = this.opposite(fields);
      const position = this.open(slot, before, other);
      firstBytes.keepAlone(position, side, fields);
      this.take(slot, other, side, fields, timeMs);
      this.watch(slot, other, position);
      this.settleWhereKnown(slot, other, position);
    } else if (known !== 0 || finding.application !== 0) {
      const other = this.opposite(fields);
      this.take(slot, other, side, fields, timeMs);
      this.settle(slot, other, 0);
    } else {
      if (securityIn(u32[u + U32.naming]!) === 0 && this.isNothing(u)) this.noteOk(slot, this.opposite(fields));
      this.passOn(u, side, withTurn(word, side), firstBytes.isLast(turn, fields));
    }
  }

  /** Nothing was found in a payload that was looked at alone. */
  private passOn(u: number, side: 0 | 1, word: number, isLast: boolean): void {
    const { u32 } = this.table;
    const now = isLast ? withDone(word, side) : word;
    u32[u + U32.inspection] = now;
    if (!isLast) return;
    const isForward = !this.biflow || side === (has(u32, u, STATE.responder) ? 1 : 0);
    if (isForward) setState(u32, u, STATE.passed);
    if (isDoneIn(now, side ^ 1)) setState(u32, u, STATE.settled);
  }

  /** A payload of a conversation of which something is kept. */
  private lookOn(
    slot: number,
    side: 0 | 1,
    position: number,
    fields: PacketFields,
    timeMs: number,
    begins: number,
  ): void {
    const { inspections, firstBytes } = this;
    const { u32 } = this.table;
    const u = slot * RECORD_U32;
    if (!inspections.isOf(position, slot)) {
      setState(u32, u, STATE.settled);
      return;
    }
    const other = inspections.otherOf(position, slot);
    if (firstBytes.look(position, side, fields, this.knownOf(u), begins)) {
      this.take(slot, other, side, fields, timeMs);
      this.watch(slot, other, position);
    }
    this.settleWhereKnown(slot, other, position);
  }

  private settleWhereKnown(slot: number, other: number, position: number): void {
    const isKnown = this.knownOf(slot * RECORD_U32) !== 0;
    if (!(isKnown ? this.inspections.watched[position] === 0 : this.firstBytes.isOver(position))) return;
    if (!isKnown && this.isNothing(slot * RECORD_U32)) this.noteOk(slot, other);
    this.settle(slot, other, position);
  }

  /** What payload showed the flow to be; 0 nothing. */
  private knownOf(u: number): number {
    const word = this.table.u32[u + U32.naming]!;
    return evidenceIn(word) === EVIDENCE.payload ? applicationIn(word) : 0;
  }

  /** Later payloads are to be looked at, or not, as the finding says. */
  private watch(slot: number, other: number, position: number): void {
    const isWatched = this.finding.watch && this.sees;
    this.inspections.watched[position] = isWatched ? 1 : 0;
    if (!isWatched) return;
    const { u32 } = this.table;
    u32[slot * RECORD_U32 + U32.flags]! &= ~(STATE.passed << STATE_SHIFT);
    if (other !== NONE) u32[other * RECORD_U32 + U32.flags]! &= ~(STATE.passed << STATE_SHIFT);
  }

  /** The record is given away for good. */
  end(slot: number): void {
    const { u32 } = this.table;
    const u = slot * RECORD_U32;
    const position = u32[u + U32.inspection]!;
    if (!isBare(position)) this.inspections.leave(position, slot);
    this.names.release(u);
  }

  /** Before a record is given away: whether its payload is of nothing, or it was announced after it had begun. Media are named by their packets alone. */
  conclude(slot: number): void {
    const { u32, f64 } = this.table;
    const u = slot * RECORD_U32;
    if (!this.sees || applicationIn(u32[u + U32.naming]!) !== 0) return;
    const position = u32[u + U32.inspection]!;
    if (!isBare(position) && this.inspections.isOf(position, slot) && this.isNothing(u))
      this.noteOk(slot, this.inspections.otherOf(position, slot));
    const ports = u32[u + U32.ports]!;
    const protocol = u32[u + U32.kind]! & 255;
    if ((protocol !== TCP && protocol !== UDP) || !this.expectations.waitsAt(ports >>> 16, ports & 0xffff)) return;
    this.src.set(u32.subarray(u + U32.src, u + U32.src + 4));
    this.dst.set(u32.subarray(u + U32.dst, u + U32.dst + 4));
    const [from, to] = [startOf(f64, slot), lastOf(f64, slot)];
    const application = this.expectations.of(protocol, this.src, ports >>> 16, this.dst, ports & 0xffff, from, to);
    if (application !== 0 && !isMedia(application)) setApplication(u32, u, application, EVIDENCE.state);
  }

  /** What a look at payload has found. */
  private take(slot: number, other: number, side: number, fields: PacketFields, timeMs: number): void {
    const { finding, table } = this;
    const { u32 } = table;
    if (finding.application !== 0) {
      this.name(slot, finding.application, EVIDENCE.payload);
      if (other !== NONE) this.name(other, finding.application, EVIDENCE.payload);
    }
    const security = finding.security || (finding.application !== 0 && this.sees ? SECURITY_OK : 0);
    addSecurity(u32, slot * RECORD_U32, security);
    if (other !== NONE) addSecurity(u32, other * RECORD_U32, security);
    const application = applicationIn(u32[slot * RECORD_U32 + U32.naming]!);
    if (finding.nameLength > 0 && this.serverNames)
      this.names.take(slot, other, side === 0, application, finding, fields, timeMs);
    if (!this.sees) return;
    for (let i = 0; i < finding.announced; i++)
      this.expectations.add(finding.announcements[i]!, fields.srcAddr, fields.dstAddr, timeMs);
  }

  private name(slot: number, application: number, how: number): void {
    setApplication(this.table.u32, slot * RECORD_U32, application, how);
  }

  /** Nothing more of the conversation is looked at. */
  private settle(slot: number, other: number, position: number): void {
    const { u32 } = this.table;
    if (position !== 0) this.inspections.close(position);
    setState(u32, slot * RECORD_U32, STATE.settled);
    if (other !== NONE) setState(u32, other * RECORD_U32, STATE.settled);
  }

  /** The flow of the other direction, where each is one of its own. */
  private opposite(fields: PacketFields): number {
    return this.biflow ? NONE : this.table.findReverse(this.key, fields);
  }

  /** A place for a conversation of which something is to be kept. `word`: how far the flow was looked at without. */
  private open(slot: number, word: number, other: number): number {
    const { u32 } = this.table;
    const { inspections } = this;
    const position = inspections.open();
    inspections.join(position, slot);
    u32[slot * RECORD_U32 + U32.inspection] = position;
    let looks = word;
    if (other !== NONE) {
      const o = other * RECORD_U32 + U32.inspection;
      if (isBare(u32[o]!)) looks |= u32[o]!;
      inspections.join(position, other);
      u32[o] = position;
    }
    inspections.packets[position] = packetsIn(word);
    for (let side = 0; side < 2; side++) {
      inspections.turns[2 * position + side] = turnsIn(looks, side);
      inspections.done[2 * position + side] = isDoneIn(looks, side) ? 1 : 0;
    }
    return position;
  }

  /** Both directions are of one conversation: what is known of one is known of the other. */
  private inherit(slot: number, other: number): void {
    const { u32 } = this.table;
    const u = slot * RECORD_U32;
    const o = other * RECORD_U32;
    u32[u + U32.naming] = withSidesTurned(u32[o + U32.naming]!);
    this.names.copy(u, o);
    if (!has(u32, o, STATE.responder)) setState(u32, u, STATE.responder);
    if (has(u32, o, STATE.settled)) setState(u32, u, STATE.settled);
    const position = u32[o + U32.inspection]!;
    if (isBare(position) || !this.inspections.isOf(position, other)) return;
    this.inspections.join(position, slot);
    u32[u + U32.inspection] = position;
  }

  /** What another conversation announced of this one. */
  private lookUpState(slot: number, fields: PacketFields, timeMs: number): void {
    if (!this.sees) return;
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = fields;
    const application = this.expectations.of(protocol, srcAddr, srcPort, dstAddr, dstPort, timeMs, timeMs);
    if (application === 0) return;
    // The first payload is for the recognisers: what is surely something else is neither.
    const before = this.lookedAt(slot * RECORD_U32);
    if (isMedia(application) && (before === 0 || !looksLikeMedia(fields))) return;
    if (isTransfer(application) && (before > 0 || beginsSecured(fields))) return;
    const other = this.opposite(fields);
    this.name(slot, application, EVIDENCE.state);
    if (other !== NONE) this.name(other, application, EVIDENCE.state);
  }

  /** Payload was seen, and shows no weakness. */
  private noteOk(slot: number, other: number): void {
    const { u32 } = this.table;
    addSecurity(u32, slot * RECORD_U32, SECURITY_OK);
    if (other !== NONE) addSecurity(u32, other * RECORD_U32, SECURITY_OK);
  }

  /**
   * The first payloads of a conversation are of nothing that is known here: with no application, `ok` says so. Nothing is said of a connection that was met in its
   * middle, nor of what may be something.
   */
  private isNothing(u: number): boolean {
    const { u32 } = this.table;
    if (!this.sees || ((u32[u + U32.kind]! & 255) === TCP && !has(u32, u, STATE.isn))) return false;
    const position = u32[u + U32.inspection]!;
    return isBare(position) || this.firstBytes.saysNothing(position);
  }
}
