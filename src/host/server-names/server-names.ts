import { cryptoParts, HandshakeParts } from '../../packet/index.ts';
import { TimeShare } from '../backend/time-share.ts';
import { type HelloName, nameInHello, nameInTls } from './client-hello.ts';
import { dnsAnswer } from './dns-answers.ts';
import { RecentMap } from './recent-map.ts';
import { Resolvers } from './resolvers.ts';

/** `struct name_event` of bpf/server-names.bpf.h: the key of a flow, then how many bytes of its payload there are, what they look like, and where in the stream of TCP they are. */
const KEY_REMOTE = 24;
const KEY_REMOTE_PORT = 42;
const LENGTH = 48;
const KIND = 50;
const SEQUENCE = 52;
const PAYLOAD = 56;
const KIND_DNS = 1;
const KIND_TLS = 2;
const KIND_QUIC = 3;
const KIND_TLS_MORE = 4;

/** Of a processor, what names from each of DNS, TLS and QUIC may take; what it keeps unused lets a page with many servers be named at once. */
const SHARE = 0.02;
const KEPT_MS = 200;

const MOST_NAMES = 16_384;
/** Whose ClientHello has come in part: of each protocol. */
const MOST_HANDSHAKES = 256;

/** Names read, by where they were, and packets that looked as if they had one. */
export interface NameCounts {
  dns: number;
  tls: number;
  quic: number;
  without: number;
  /** Packets that were not looked at: those before had taken too much of the processor. */
  passedOver: number;
}

/** The first bytes of a connection, as far as they have come. */
interface CutHello {
  /** Where they begin. */
  readonly sequence: number;
  readonly parts: HandshakeParts;
}

/** The name of a server: what its client asks for in the flow itself (`payload`), or what DNS told of the address (`name`). */
export interface KnownServer {
  readonly name: string;
  readonly source: 'payload' | 'name';
}

/** Whom to believe, and how much time may be spent. */
export interface NameSources {
  /** Of 1, for each of DNS, TLS and QUIC: any program can send what looks like them, and must not keep the meter from its work. */
  readonly share?: number;
  readonly keptMs?: number;
  readonly resolvers?: Pick<Resolvers, 'has'>;
  /** The cgroup whose process has a socket; 0 where it is not known. Any process can ask a server of its own, which says what it likes: others are not to be told. */
  readonly groupOf?: (cookie: number) => number;
}

const noGroup = () => 0;

/** The names of servers that this host talks to: as its clients of TLS and QUIC ask for them, else as DNS told it. */
export class ServerNames {
  readonly counts: NameCounts = { dns: 0, tls: 0, quic: 0, without: 0, passedOver: 0 };
  private readonly ofAddress = new RecentMap<string, KnownServer>(MOST_NAMES);
  /** What servers said that this host is not configured to ask, for the group that asked. */
  private readonly ofGroup = new RecentMap<string, KnownServer>(MOST_NAMES);
  private readonly ofFlow = new RecentMap<string, KnownServer>(MOST_NAMES);
  private readonly handshakes = new RecentMap<string, HandshakeParts>(MOST_HANDSHAKES);
  private readonly cut = new RecentMap<string, CutHello>(MOST_HANDSHAKES);

  private readonly shares: Readonly<Record<number, TimeShare>>;

  private readonly resolvers: Pick<Resolvers, 'has'>;
  private readonly groupOf: (cookie: number) => number;

  constructor({ share = SHARE, keptMs = KEPT_MS, resolvers = new Resolvers(), groupOf = noGroup }: NameSources = {}) {
    this.resolvers = resolvers;
    this.groupOf = groupOf;
    const tls = new TimeShare(share, keptMs);
    this.shares = {
      [KIND_DNS]: new TimeShare(share, keptMs),
      [KIND_TLS]: tls,
      [KIND_TLS_MORE]: tls,
      [KIND_QUIC]: new TimeShare(share, keptMs),
    };
  }

  /** Takes an event of the programs that begins at `at`; nothing of it is kept but names, and parts of a handshake for a while. */
  take(view: DataView, at: number): void {
    const kind = view.getUint8(at + KIND);
    const share = this.shares[kind];
    if (share === undefined) return;
    if (share.allows(performance.now())) share.spend(() => this.read(view, at, kind));
    else this.counts.passedOver += 1;
  }

  private read(view: DataView, at: number, kind: number): void {
    const payload = Buffer.from(view.buffer, view.byteOffset + at + PAYLOAD, view.getUint16(at + LENGTH, true));
    if (kind === KIND_DNS) this.takeAnswer(view, at, payload);
    else if (kind === KIND_TLS) this.takeSegment(eventFlow(view, at), view.getUint32(at + SEQUENCE), payload, true);
    else if (kind === KIND_TLS_MORE)
      this.takeSegment(eventFlow(view, at), view.getUint32(at + SEQUENCE), payload, false);
    else if (kind === KIND_QUIC) this.takeInitial(eventFlow(view, at), payload);
  }

  /** Of the server at the other end of a flow, whose address begins at `at`; undefined where none is known. */
  nameOf(cookie: number, words: ArrayLike<number>, at: number, port: number): KnownServer | undefined {
    const address = addressKey(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
    const known = this.ofFlow.get(flowKey(cookie, address, port)) ?? this.ofAddress.get(address);
    if (known !== undefined || this.ofGroup.size === 0) return known;
    const group = this.groupOf(cookie);
    return group === 0 ? undefined : this.ofGroup.get(`${group} ${address}`);
  }

  private takeAnswer(view: DataView, at: number, payload: Buffer): void {
    const answer = dnsAnswer(payload);
    if (answer === null) {
      this.counts.without += 1;
      return;
    }
    this.counts.dns += 1;
    const forAll = this.resolvers.has(remoteOf(view, at));
    const group = forAll ? 0 : this.groupOf(cookieOf(view, at));
    const known: KnownServer = { name: answer.name, source: 'name' };
    for (const [a, b, c, d] of answer.addresses) {
      if (forAll) this.ofAddress.set(addressKey(a, b, c, d), known);
      else if (group !== 0) this.ofGroup.set(`${group} ${addressKey(a, b, c, d)}`, known);
    }
  }

  /** Key shares of today make a ClientHello longer than a segment; the name may be in any part of it. */
  private takeSegment(flow: string, sequence: number, payload: Buffer, first: boolean): void {
    const begun = this.cut.get(flow) ?? (first ? { sequence, parts: new HandshakeParts() } : undefined);
    if (begun === undefined) return;
    // Sequence numbers go round at 2^32.
    begun.parts.add((sequence - begun.sequence) >>> 0, payload);
    const found = nameInTls(begun.parts.bytes());
    if (found.kind === 'cut') {
      this.cut.set(flow, begun);
      return;
    }
    this.cut.delete(flow);
    this.takeHello('tls', flow, found);
  }

  private takeInitial(flow: string, datagram: Buffer): void {
    const came = cryptoParts(datagram);
    if (came.length === 0) return;
    // All packets of a datagram are of one connection.
    const key = `${flow} ${came[0]!.connection}`;
    const parts = this.handshakes.get(key) ?? new HandshakeParts();
    for (const { offset, bytes } of came) parts.add(offset, bytes);
    this.handshakes.set(key, parts);
    const found = nameInHello(parts.bytes());
    if (found.kind === 'cut') return;
    this.handshakes.delete(key);
    this.takeHello('quic', flow, found);
  }

  private takeHello(from: 'tls' | 'quic', flow: string, found: HelloName): void {
    if (found.kind === 'name') {
      this.counts[from] += 1;
      this.ofFlow.set(flow, { name: found.name, source: 'payload' });
    } else {
      this.counts.without += 1;
    }
  }
}

function eventFlow(view: DataView, at: number): string {
  const port = view.getUint16(at + KEY_REMOTE_PORT, true);
  return flowKey(cookieOf(view, at), addressKey(...remoteOf(view, at)), port);
}

function cookieOf(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}

function remoteOf(view: DataView, at: number): [number, number, number, number] {
  const word = (i: number) => view.getUint32(at + KEY_REMOTE + 4 * i);
  return [word(0), word(1), word(2), word(3)];
}

/** A socket of UDP may have several servers. */
function flowKey(cookie: number, address: string, port: number): string {
  return `${cookie} ${address} ${port}`;
}

function addressKey(a: number, b: number, c: number, d: number): string {
  return `${a}.${b}.${c}.${d}`;
}
