/** Who made a flow at an end system: what its agent says of it. */
export interface Owner {
  readonly process: string;
  readonly executable: string;
  readonly parent: string;
  readonly pid: number;
  readonly app: string;
  readonly user: string;
}

/** How a conversation went. */
type Outcome = 'established' | 'refused' | 'unanswered';

/** One host asks another: what becomes one flow in each direction. Addresses are IPv4 as 32 bits. */
export interface Talk {
  readonly startMs: number;
  readonly durationMs: number;
  readonly client: number;
  readonly server: number;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly protocol: number;
  /** Octets of payload that the client and the server send. */
  readonly up: number;
  readonly down: number;
  readonly outcome?: Outcome;
  /** Packets of each direction, where the sizes do not tell. */
  readonly packets?: readonly [up: number, down: number];
  readonly serverName?: string;
  /** What runs at the client, in words of `owners.ts`. */
  readonly does?: string;
  /** Index of the planted event that it belongs to. */
  readonly event?: number | undefined;
}

/** A flow, or the piece of one that a timeout cut: one direction, as a meter saw all its packets. Octets are those of IP packets. */
export interface DemoFlow {
  startMs: number;
  endMs: number;
  src: number;
  dst: number;
  srcPort: number;
  dstPort: number;
  protocol: number;
  bytes: number;
  packets: number;
  flags: number;
  /** Of ICMP; -1 of others. */
  icmpType: number;
  /** Whether the source is who began. */
  byClient: boolean;
  outcome: Outcome;
  serverName: string;
  does: string;
  /** -1: of none. */
  event: number;
  /** Not the first piece. */
  continued: boolean;
  /** Another piece follows. */
  cut: boolean;
}

export const TCP = 6;
export const UDP = 17;
export const ICMP = 1;

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

/** Payload of one packet on Ethernet, beside the headers of IPv4 and TCP or UDP. */
const SEGMENT = 1_400;
const HEADERS: Readonly<Record<number, number>> = { [TCP]: 40, [UDP]: 28, [ICMP]: 28 };

/** Both directions of a conversation; the second is absent where nobody answered. */
export function directions(talk: Talk): [DemoFlow, DemoFlow?] {
  const { outcome = 'established' } = talk;
  const [upPackets, downPackets] = talk.packets ?? packetsOf(talk, outcome);
  const headers = HEADERS[talk.protocol] ?? 20;
  const forth: DemoFlow = {
    startMs: talk.startMs,
    endMs: talk.startMs + talk.durationMs,
    src: talk.client,
    dst: talk.server,
    srcPort: talk.clientPort,
    dstPort: talk.serverPort,
    protocol: talk.protocol,
    bytes: Math.round(talk.up) + headers * upPackets,
    packets: upPackets,
    flags: flagsOf(talk.protocol, outcome, true),
    icmpType: talk.protocol === ICMP ? 8 : -1,
    byClient: true,
    outcome,
    serverName: talk.serverName ?? '',
    does: talk.does ?? '',
    event: talk.event ?? -1,
    continued: false,
    cut: false,
  };
  if (downPackets === 0) return [forth];
  const back: DemoFlow = {
    ...forth,
    src: talk.server,
    dst: talk.client,
    srcPort: talk.serverPort,
    dstPort: talk.clientPort,
    bytes: Math.round(talk.down) + headers * downPackets,
    packets: downPackets,
    flags: flagsOf(talk.protocol, outcome, false),
    icmpType: talk.protocol === ICMP ? 0 : -1,
    byClient: false,
  };
  return [forth, back];
}

function packetsOf({ protocol, up, down }: Talk, outcome: Outcome): [up: number, down: number] {
  if (outcome === 'unanswered') return [protocol === TCP ? 3 : 1, 0];
  if (outcome === 'refused') return [1, 1];
  const forth = Math.ceil(up / SEGMENT);
  const back = Math.ceil(down / SEGMENT);
  if (protocol !== TCP) return [Math.max(1, forth), Math.max(1, back)];
  // The handshake and the end, and an acknowledgement for each two segments of the other side.
  return [4 + Math.max(forth, Math.ceil(back / 2)), 3 + Math.max(back, Math.ceil(forth / 2))];
}

function flagsOf(protocol: number, outcome: Outcome, byClient: boolean): number {
  if (protocol !== TCP) return 0;
  if (outcome === 'unanswered') return SYN;
  if (outcome === 'refused') return byClient ? SYN : RST | ACK;
  return FIN | SYN | PSH | ACK;
}

/** Pieces of a flow that lasts longer than the active timeout of its meter: `whole` itself where it does not. */
export function pieces(whole: DemoFlow, activeMs: number): DemoFlow[] {
  const durationMs = whole.endMs - whole.startMs;
  const count = Math.min(Math.ceil(durationMs / activeMs), whole.packets);
  if (count <= 1) return [whole];
  const found: DemoFlow[] = [];
  for (let i = 0; i < count; i++) {
    found.push({
      ...whole,
      startMs: whole.startMs + Math.floor((durationMs * i) / count),
      endMs: whole.startMs + Math.floor((durationMs * (i + 1)) / count) - (i + 1 < count ? 1 : 0),
      bytes: part(whole.bytes, i, count),
      packets: part(whole.packets, i, count),
      flags: flagsOfPiece(whole.flags, i === 0, i + 1 === count),
      continued: i > 0,
      cut: i + 1 < count,
    });
  }
  return found;
}

/** The beginning of a connection is in its first piece, its end in the last one. */
function flagsOfPiece(flags: number, first: boolean, last: boolean): number {
  return flags & ~((first ? 0 : SYN) | (last ? 0 : FIN | RST));
}

/** So that the parts of a number add up to it. */
function part(of: number, i: number, count: number): number {
  return Math.floor((of * (i + 1)) / count) - Math.floor((of * i) / count);
}
