import type { AddressFilter } from './address-filter.ts';
import type { Doubts } from './doubts.ts';
import { DESTINATION, EVIDENCE, type FactCollector, SAME_FLOW_MS, SOURCE } from './fact-collector.ts';
import { type FactValue, unpack } from './fact-table.ts';
import type { Facts } from './facts.ts';
import type { HotColumns } from './hot-columns.ts';
import { Keys } from './keys.ts';
import { DOUBT, type LateNames } from './late-names.ts';
import type { LateRows } from './late-rows.ts';
import type { LateVocabulary } from './late-vocabulary.ts';
import type { LateWriter } from './late-writer.ts';
import { FREE_PORTS, STATE_RULES, type StateRule, TCP } from './state-rules.ts';

const FIN = 0x01;
const PSH = 0x08;
const ACK = 0x10;
/** Packets of one side that no attempt has, whatever flags its exporter saw. */
const MANY_PACKETS = 8;
/** Packets that each side of a connection sends at least: SYN, ACK, FIN. Asked for where no flags are told, or the only packet is damaged. */
const FEWEST_PACKETS = 3;

/** Compares rows with facts, and has the names written that follow. */
export class FactMatcher {
  private readonly facts: Facts;
  private readonly names: LateNames;
  private readonly writer: LateWriter;
  private readonly collector: FactCollector;
  private readonly vocabulary: LateVocabulary;
  private readonly doubts: Doubts;
  private readonly keys = new Keys();
  private readonly value: FactValue = { application: 0, evidence: 0, service: 0, serviceEvidence: 0 };
  /** The strongest that facts say of the row at hand, and of those with the same evidence the name that sorts last. */
  private application = '';
  private evidence = 0;
  private service = '';
  private serviceEvidence = 0;
  /** Numbers of the applications that follow from rules, each once; and of the one whose flows have a port of their own. */
  private readonly following: number[] = [];
  private readonly alone: number;
  /** Services that names of its server's address say; more than one: none. */
  private named = '';
  private contradicted = false;

  constructor(
    facts: Facts,
    names: LateNames,
    writer: LateWriter,
    collector: FactCollector,
    vocabulary: LateVocabulary,
    doubts: Doubts,
  ) {
    this.facts = facts;
    this.names = names;
    this.writer = writer;
    this.collector = collector;
    this.vocabulary = vocabulary;
    this.doubts = doubts;
    this.alone = names.number(STATE_RULES.find((rule) => rule.alone)!.explains);
  }

  /** Compares rows that are new with all facts, and those of before with what is `fresh`. */
  match(part: LateRows, fresh: AddressFilter): void {
    const { columns, matched } = part;
    if (columns === null) return;
    if (!fresh.empty) this.rows(part, columns, 0, matched, fresh);
    this.matchNew(part);
  }

  /** Compares rows that are new with all facts. */
  matchNew(part: LateRows): void {
    const { columns, rows, matched } = part;
    if (columns === null) return;
    if (!this.facts.all.empty) this.rows(part, columns, matched, rows, this.facts.all);
    part.matched = rows;
  }

  private rows(part: LateRows, c: HotColumns, from: number, to: number, filter: AddressFilter): void {
    const { srcLo, srcHi, dstLo, dstHi, srcPort, dstPort, evidence, serviceEvidence } = c;
    const { hashes } = this.facts;
    const hasHosts = this.facts.hosts > 0;
    const hasEnds = this.facts.ends > 0;
    for (let row = from; row < to; row++) {
      if (evidence[row] === EVIDENCE.process && serviceEvidence?.[row] === EVIDENCE.process) continue;
      const src = hashes.address(srcLo, 2 * row, srcHi, 2 * row);
      const dst = hashes.address(dstLo, 2 * row, dstHi, 2 * row);
      if (
        filter.has((src + dst) | 0) ||
        (hasHosts && (filter.has(hashes.host(src)) || filter.has(hashes.host(dst)))) ||
        (hasEnds && (filter.has(hashes.end(src, srcPort[row]!)) || filter.has(hashes.end(dst, dstPort[row]!))))
      )
        this.row(part, c, row);
    }
  }

  private row(part: LateRows, c: HotColumns, row: number): void {
    this.application = '';
    this.evidence = EVIDENCE.none;
    this.service = '';
    this.serviceEvidence = EVIDENCE.none;
    this.facts.find(this.keys.flow(c, row), c.startMs(row), c.endMs(row), this.seeFlow);
    if (this.service !== '') this.writer.service(part, c, row, this.service, this.serviceEvidence, false);
    if (this.application !== '') this.writer.application(part, c, row, this.application, this.evidence, false);
    // The next record of the same flow is the same, also where it lies beyond what explained this one.
    if (this.application !== '' || this.service !== '') this.collector.flow(part, c, row);
    this.follow(part, c, row);
    if ((c.serviceEvidence?.[row] ?? EVIDENCE.process) <= EVIDENCE.name) this.server(part, c, row);
  }

  /** What rules say. Facts of it are all that they say, also where that is not believed: whatever comes later, it is believed the same. */
  private follow(part: LateRows, c: HotColumns, row: number): void {
    // Where this record shows none, its other direction or another part of it may: what is known of the connection holds for all of it.
    const isSure = isTransfer(c, row);
    const isFree = c.protocol[row] === TCP && c.srcPort[row]! >= FREE_PORTS && c.dstPort[row]! >= FREE_PORTS;
    if (isFree && isSure) this.doubts.see(c, row);
    // Where packets were left out, what would contradict a rule may be among them.
    if (c.isSampled(row) || part.evidenceOf(c, row) >= EVIDENCE.state) return;
    const { following } = this;
    following.length = 0;
    const from = c.startMs(row);
    const to = c.endMs(row);
    this.facts.find(this.keys.follows(c, row), from, to, this.seeFollowing);
    if (isSure) this.rules(c, row);
    if (following.length === 0) return;
    if (isSure && isFree && following.includes(this.alone) && this.doubts.against(c, row, SAME_FLOW_MS))
      this.seeFollowing(DOUBT);
    for (const number of isSure ? following : NOTHING)
      this.facts.add(this.keys.follows(c, row), number, from - SAME_FLOW_MS, to + SAME_FLOW_MS);
    if (this.application !== '') return;
    const name = following.length === 1 && following[0] !== DOUBT ? this.names.name(following[0]!) : '';
    this.writer.application(part, c, row, name, EVIDENCE.state, true);
  }

  private rules(c: HotColumns, row: number): void {
    const protocol = c.protocol[row]!;
    const startMs = c.startMs(row);
    for (let i = 0; i < STATE_RULES.length; i++) {
      const rule = STATE_RULES[i]!;
      for (let side = 0; side < 2; side++) {
        const isSourceClient = side === 0;
        const client = (isSourceClient ? c.srcPort : c.dstPort)[row]!;
        const server = (isSourceClient ? c.dstPort : c.srcPort)[row]!;
        const clientKnown = this.vocabulary.hasPort(protocol, client);
        if (!rule.flow(protocol, client, server, this.vocabulary.hasPort(protocol, server), clientKnown)) continue;
        // Without a port that an application has, who asks is told by who began.
        if (rule.alone && !clientKnown && c.clientSide?.[row] === (isSourceClient ? DESTINATION : SOURCE)) continue;
        const key = keyOf(this.keys, rule, i, c, row, isSourceClient);
        this.facts.find(key, startMs, startMs, this.seeRule);
      }
    }
  }

  private server(part: LateRows, c: HotColumns, row: number): void {
    this.named = '';
    this.contradicted = false;
    const from = c.startMs(row);
    const to = c.endMs(row);
    for (const isSourceClient of EACH_SIDE)
      this.facts.find(this.keys.clientName(c, row, isSourceClient), from, to, this.seeName);
    // What others asked for at that address counts where this client asked for nothing.
    if (this.named === '' && !this.contradicted)
      for (const isSourceClient of EACH_SIDE)
        this.facts.find(this.keys.serverName(c, row, isSourceClient), from, to, this.seeName);
    this.writer.service(part, c, row, this.contradicted ? '' : this.named, EVIDENCE.name, true);
  }

  private readonly seeFlow = (packed: number): void => {
    const { value } = this;
    unpack(packed, value);
    if (value.evidence >= this.evidence && value.application !== 0) {
      const name = this.names.name(value.application);
      if (value.evidence > this.evidence || name > this.application) this.application = name;
      this.evidence = value.evidence;
    }
    if (value.serviceEvidence < this.serviceEvidence || value.service === 0) return;
    const name = this.names.name(value.service);
    if (value.serviceEvidence > this.serviceEvidence || name > this.service) this.service = name;
    this.serviceEvidence = value.serviceEvidence;
  };

  private readonly seeRule = (packed: number): void => {
    unpack(packed, this.value);
    this.seeFollowing(this.value.application);
  };

  private readonly seeFollowing = (number: number): void => {
    if (number !== 0 && !this.following.includes(number)) this.following.push(number);
  };

  private readonly seeName = (packed: number): void => {
    unpack(packed, this.value);
    const name = this.names.name(this.value.service);
    if (this.named !== '' && this.named !== name) this.contradicted = true;
    this.named = name;
  };
}

const NOTHING: readonly number[] = [];
const EACH_SIDE = [true, false] as const;

function keyOf(keys: Keys, rule: StateRule, i: number, c: HotColumns, row: number, isSource: boolean): Uint32Array {
  return rule.ofClient ? keys.host(i, c, row, isSource) : keys.pair(i, c, row, isSource);
}

/** Something was said: who only tries ports of a server has not got what the server announced. */
function isTransfer(c: HotColumns, row: number): boolean {
  if (c.protocol[row] !== TCP) return true;
  const flags = c.flagsOf(row);
  if (flags === 0) return c.packetsOf(row) >= FEWEST_PACKETS;
  if (c.packetsOf(row) >= MANY_PACKETS) return true;
  return (flags & ACK) !== 0 && (flags & (FIN | PSH)) !== 0;
}
