import { type ColumnArray, columnOf, enumCode, type FlowBatch } from '../../flow/index.ts';
import { PORT_BITS } from '../names/server-ports.ts';
import type { Doubts } from './doubts.ts';
import { type FactValue, pack } from './fact-table.ts';
import type { Facts } from './facts.ts';
import type { HotColumns } from './hot-columns.ts';
import { Keys } from './keys.ts';
import type { LateNames } from './late-names.ts';
import { LATE, type LateRows } from './late-rows.ts';
import { STATE_RULES, TCP } from './state-rules.ts';

export const EVIDENCE = Object.fromEntries(
  columnOf('application_evidence').values!.map((name, code) => [name, code]),
) as Record<'none' | 'port' | 'name' | 'state' | 'payload' | 'exporter' | 'process', number>;

/** A record of the same flow has its times within this of another, however its exporter cuts flows and whatever its clock says. */
export const SAME_FLOW_MS = 120_000;
/** A name that was given to an address holds for what the client does there so long before and after. */
const NAMED_MS = 600_000;

export const SOURCE = enumCode('client_side', 'source');
export const DESTINATION = enumCode('client_side', 'destination');
/** `duplicate` of what the record of the other end's process has as well. */
const TWICE = enumCode('duplicate', 'yes');
const ACK = 0x10;
const PSH = 0x08;
/** Packets of one side that show that more was said than a greeting: who scans a port hears that and hangs up. */
const TALK_PACKETS = 4;
/** The same where the exporter tells no flags. */
const BLIND_PACKETS = 6;
/** Applications whose server names say which service an address is of: a resolver or a proxy is asked for names of others. */
const NAMED_SERVERS = new Set(['tls', 'quic', 'http', 'websocket', 'grpc']);

/** By port of TCP or UDP: one bit for each rule whose server has it. */
const PORT_RULES = new Uint8Array(65_536);
STATE_RULES.forEach(({ ports }, i) => {
  for (const port of ports) PORT_RULES[port]! |= 1 << i;
});
/** The same for names of applications, which may be on any port. Napster's name is that of transfers as well: of it only the ports tell. */
const NAME_RULES = new Map<string, number>();
STATE_RULES.forEach(({ control, ofClient }, i) => {
  if (!ofClient) NAME_RULES.set(control, (NAME_RULES.get(control) ?? 0) | (1 << i));
});
/** Of an application: its flows may say what service an address is of. */
const NAMES_SERVER = 0x80;

/** Takes facts from rows: conversations that arrange others, names of flows that another exporter may have seen as well, names of servers. */
export class FactCollector {
  /** Whether rows came from more than one exporter: only then, or where both ends are on one host, the same flow can have two records that say different things. */
  several = false;
  private readonly facts: Facts;
  private readonly names: LateNames;
  private readonly doubts: Doubts;
  private readonly keys = new Keys();
  private readonly value: FactValue = { application: 0, evidence: 0, service: 0, serviceEvidence: 0 };
  /** What applications are for rules, by code of a dictionary. */
  private readonly classes = new WeakMap<readonly string[], number[]>();
  /** Words of the exporter that the first row came from, as the columns have them; null before any. */
  private exporter: readonly number[] | null = null;

  constructor(facts: Facts, names: LateNames, doubts: Doubts) {
    this.facts = facts;
    this.names = names;
    this.doubts = doubts;
  }

  collect(part: LateRows): void {
    const { columns: c, rows } = part;
    if (c === null || part.collected === rows) return;
    const { srcPort, dstPort, protocol, application, evidence, serviceEvidence, exporterLo, exporterHi } = c;
    const classes = this.classesOf(part.batch);
    const from = part.collected;
    if (!this.several && exporterLo && exporterHi) this.exporters(exporterLo, exporterHi, from, rows);
    for (let row = from; row < rows; row++) {
      const known = classes[application[row]!]!;
      const rules = PORT_RULES[srcPort[row]!]! | PORT_RULES[dstPort[row]!]! | known;
      // What was written late is no fact of this row.
      const isLate = part.isLate(row, LATE.application);
      // What each packet says by its protocol every exporter says of it alike.
      const isOwn = evidence[row]! === EVIDENCE.payload && PORT_BITS[protocol[row]!] === 0;
      const isStrong =
        (evidence[row]! >= EVIDENCE.state && !isLate && !isOwn) ||
        (serviceEvidence !== null && serviceEvidence[row]! >= EVIDENCE.state);
      if (isStrong) {
        if (this.several || c.duplicate?.[row] === TWICE) this.flow(part, c, row);
        if ((known & NAMES_SERVER) !== 0) this.server(part.batch, c, row);
      }
      if ((rules & ~NAMES_SERVER) !== 0 && !isLate) this.control(c, row, rules, known);
    }
    part.collected = rows;
  }

  private exporters(lo: ColumnArray, hi: ColumnArray, from: number, to: number): void {
    for (let row = from; row < to && !this.several; row++) {
      const at = 2 * row;
      this.exporter ??= [lo[at]!, lo[at + 1]!, hi[at]!, hi[at + 1]!];
      const [lo0, lo1, hi0, hi1] = this.exporter;
      this.several = lo[at] !== lo0 || lo[at + 1] !== lo1 || hi[at] !== hi0 || hi[at + 1] !== hi1;
    }
  }

  /** What this record says of its flow, for other records of it. */
  flow(part: LateRows, c: HotColumns, row: number): void {
    const { value } = this;
    const { batch } = part;
    const evidence = c.evidence[row]!;
    const serviceEvidence = c.serviceEvidence?.[row] ?? 0;
    const isKnown = evidence >= EVIDENCE.state && !part.isLate(row, LATE.byRule);
    const isServiceKnown = serviceEvidence >= EVIDENCE.state;
    value.application = isKnown ? this.names.number(batch.textsOf('application')[c.application[row]!] ?? '') : 0;
    value.evidence = value.application === 0 ? 0 : evidence;
    value.service = isServiceKnown ? this.names.number(batch.textsOf('service')[c.service?.[row] ?? 0] ?? '') : 0;
    value.serviceEvidence = value.service === 0 ? 0 : serviceEvidence;
    if (value.application === 0 && value.service === 0) return;
    this.facts.add(this.keys.flow(c, row), pack(value), c.startMs(row) - SAME_FLOW_MS, c.endMs(row) + SAME_FLOW_MS);
  }

  /** Which service the server's address is of, as the name that was asked for, or the exporter, says. */
  private server(batch: FlowBatch, c: HotColumns, row: number): void {
    const evidence = c.serviceEvidence?.[row] ?? 0;
    const side = c.clientSide?.[row] ?? 0;
    if (evidence !== EVIDENCE.payload && evidence !== EVIDENCE.exporter) return;
    if (side !== SOURCE && side !== DESTINATION) return;
    const { value, keys } = this;
    value.application = 0;
    value.evidence = 0;
    value.service = this.names.number(batch.textsOf('service')[c.service?.[row] ?? 0] ?? '');
    value.serviceEvidence = EVIDENCE.name;
    if (value.service === 0) return;
    const from = c.startMs(row) - NAMED_MS;
    const to = c.endMs(row) + NAMED_MS;
    this.facts.add(keys.clientName(c, row, side === SOURCE), pack(value), from, to);
    this.facts.add(keys.serverName(c, row, side === SOURCE), pack(value), from, to);
  }

  private control(c: HotColumns, row: number, rules: number, known: number): void {
    if (c.isSampled(row)) return;
    const isSure = c.evidence[row]! >= EVIDENCE.state;
    for (let i = 0; i < STATE_RULES.length; i++) {
      const rule = STATE_RULES[i]!;
      // Who is known to speak something else is none of it, whatever its port.
      if ((rules & (1 << i)) === 0 || (isSure && (known & (1 << i)) === 0)) continue;
      if (!rule.protocols.includes(c.protocol[row]!) || !isTalk(c, row)) continue;
      const side = clientOf(c, row, rule.ports);
      if (side === 0) continue;
      const from = rule.from(c.startMs(row), c.endMs(row));
      const to = rule.to(c.startMs(row), c.endMs(row));
      const { value, keys } = this;
      value.application = this.names.number(rule.explains);
      value.evidence = EVIDENCE.state;
      value.service = 0;
      value.serviceEvidence = 0;
      if (rule.alone) {
        this.doubts.watch(c, row, side === DESTINATION);
        // A client opens its transfers from other ports than the one at which it talks.
        this.doubts.take(c, row, side === SOURCE);
      }
      if (rule.ofClient) this.facts.add(keys.host(i, c, row, side === SOURCE), pack(value), from, to);
      else this.facts.add(keys.pair(i, c, row, side === SOURCE), pack(value), from, to);
    }
  }

  private classesOf(batch: FlowBatch): readonly number[] {
    const texts = batch.textsOf('application');
    let classes = this.classes.get(texts);
    if (!classes) {
      classes = [];
      this.classes.set(texts, classes);
    }
    for (let code = classes.length; code < texts.length; code++) {
      const name = texts[code]!;
      classes.push((NAME_RULES.get(name) ?? 0) | (NAMED_SERVERS.has(name) ? NAMES_SERVER : 0));
    }
    return classes;
  }
}

/** More than an attempt. Of datagrams one is enough: nobody asks twice. */
function isTalk(c: HotColumns, row: number): boolean {
  if (c.protocol[row] !== TCP) return true;
  const flags = c.flagsOf(row);
  const packets = c.packetsOf(row);
  return flags === 0 ? packets >= BLIND_PACKETS : (flags & (ACK | PSH)) === (ACK | PSH) && packets >= TALK_PACKETS;
}

/** Which end is the client of a server with one of these ports; 0 where that is open. */
function clientOf(c: HotColumns, row: number, ports: readonly number[]): number {
  const isSourceServer = ports.includes(c.srcPort[row]!);
  const isDestinationServer = ports.includes(c.dstPort[row]!);
  if (isSourceServer !== isDestinationServer) return isSourceServer ? DESTINATION : SOURCE;
  if (isSourceServer) return 0;
  const side = c.clientSide?.[row] ?? 0;
  return side === SOURCE || side === DESTINATION ? side : 0;
}
