import { applicationNumber } from '../../flow/index.ts';
import { EXCHANGE, type Finding, type PacketFields } from '../../packet/index.ts';
import { NONE } from '../expiry-wheel.ts';
import { RECORD_U32, U32 } from '../flow-record.ts';
import type { FlowTable } from '../flow-table.ts';
import type { HashSecrets } from '../key-hash.ts';
import { NAME_SOURCE, nameSourceIn, setNameSource } from './flow-naming.ts';
import { NameTable } from './name-table.ts';
import { NamesSeen } from './names-seen.ts';
import { QuestionsAsked } from './questions-asked.ts';

const MOST_NAMES = 65_536;
/** A name that a flow asked for is that of the address for its client, for so long and the grace of NamesSeen. */
const ASKED_SECONDS = 240;

/** Here the name is not that of the server: it is what the server is asked about. */
const ASKED_ABOUT = new Set(
  (['dns', 'mdns', 'llmnr', 'netbios-ns', 'netbios-dgm', 'dhcp', 'ssdp'] as const).map(applicationNumber),
);

/** Names of servers in the records of flows: those that the flows ask for themselves, else those that their clients were given for the address before. */
export class ServerNames {
  readonly table: NameTable;
  private readonly flows: FlowTable;
  private readonly seen: NamesSeen;
  private readonly asked: QuestionsAsked;
  /** All packets are seen: what one flow says of an address is kept for others. */
  private readonly keeps: boolean;

  constructor(flows: FlowTable, secrets: HashSecrets, maxFlows: number, keeps: boolean) {
    this.flows = flows;
    this.keeps = keeps;
    const ofFlows = Math.min(MOST_NAMES, maxFlows + 1024);
    const given = givenPlaces(ofFlows);
    // Each in a part of its own: whoever makes clients ask for many names takes none from flows that say theirs.
    this.table = new NameTable(ofFlows + given, secrets.multiplier);
    this.seen = new NamesSeen(this.table, secrets, given);
    this.asked = new QuestionsAsked(secrets);
  }

  get givenNamesCut(): number {
    return this.seen.gaveWay;
  }

  /** A flow that begins has the name that its client knows the server by. `answers`: its sender is the server. */
  lookUp(u: number, { srcAddr, dstAddr }: PacketFields, answers: boolean, timeMs: number): void {
    const name = this.seen.of(answers ? dstAddr : srcAddr, answers ? srcAddr : dstAddr, timeMs);
    if (name === 0) return;
    this.table.holdAgain(name);
    this.flows.u32[u + U32.serverName] = name;
    setNameSource(this.flows.u32, u, NAME_SOURCE.name);
  }

  /** The flow at word `u` has that of the flow at `o`; how it is known is in a word that the caller copies. */
  copy(u: number, o: number): void {
    const { u32 } = this.flows;
    const name = u32[o + U32.serverName]!;
    u32[u + U32.serverName] = name;
    if (name !== 0) this.table.holdAgain(name);
  }

  /** The record of the flow is given away for good. */
  release(u: number): void {
    const name = this.flows.u32[u + U32.serverName]!;
    if (name !== 0) this.table.release(name);
  }

  /** The payload of a flow of `application` has a name; `isClient`: it is of who began. */
  take(
    slot: number,
    other: number,
    isClient: boolean,
    application: number,
    finding: Finding,
    fields: PacketFields,
    timeMs: number,
  ): void {
    if (finding.exchange !== EXCHANGE.none) {
      if (this.keeps) this.exchanged(finding, fields, timeMs);
      return;
    }
    if (ASKED_ABOUT.has(application)) return;
    const { table } = this;
    const name = table.hold(finding.name, finding.nameLength);
    if (name === 0) return;
    this.set(slot, name);
    if (other !== NONE) this.set(other, name);
    if (this.keeps && isClient) this.seen.add(fields.srcAddr, fields.dstAddr, name, ASKED_SECONDS, timeMs);
    table.release(name);
  }

  /** A question of DNS is kept, and only what answers one names addresses: else anybody could name the flows of others. */
  private exchanged(finding: Finding, fields: PacketFields, timeMs: number): void {
    const { table, asked, seen } = this;
    const { srcAddr, srcPort, dstAddr, dstPort } = fields;
    const { transaction } = finding;
    const wanted = table.hashOf(finding.name, finding.nameLength);
    if (finding.exchange === EXCHANGE.query) {
      asked.note(asked.question(srcAddr, srcPort, dstAddr, dstPort, transaction, wanted), timeMs);
      return;
    }
    if (!asked.answered(asked.question(dstAddr, dstPort, srcAddr, srcPort, transaction, wanted), timeMs)) return;
    if (finding.named === 0) return;
    const name = table.hold(finding.name, finding.nameLength);
    if (name === 0) return;
    for (let i = 0; i < finding.named; i++) {
      const { address, ttl } = finding.namedAddresses[i]!;
      seen.add(dstAddr, address, name, ttl, timeMs);
    }
    table.release(name);
  }

  /** What the flow itself asks for is better than what its client was told of the address. */
  private set(slot: number, name: number): void {
    const { u32 } = this.flows;
    const u = slot * RECORD_U32;
    const before = u32[u + U32.serverName]!;
    if (before !== 0 && nameSourceIn(u32[u + U32.naming]!) === NAME_SOURCE.payload) return;
    this.table.holdAgain(name);
    if (before !== 0) this.table.release(before);
    u32[u + U32.serverName] = name;
    setNameSource(u32, u, NAME_SOURCE.payload);
  }
}

/** Pairs of a client and an address: at most half as many as names of flows, a power of two. */
function givenPlaces(ofFlows: number): number {
  return 2 ** Math.floor(Math.log2(ofFlows / 2));
}
