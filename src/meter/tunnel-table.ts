import { type PacketFields, TUNNEL, tunnelText } from '../packet/index.ts';
import { FlowIndex } from './flow-index.ts';
import { type HashSecrets, hashEnd, hashPair } from './key-hash.ts';
import { PositionQueue, resized } from './position-queue.ts';

const FIRST_POSITIONS = 64;
const WORDS = 10;
/** Tunnels that are kept though no flow is in them: their texts are likely to be needed again. */
const KEPT = 4096;

/**
 * The tunnels that packets were taken out of, by position; 0 is none. There are as many as open flows are in, and KEPT more: whoever makes up tunnels cannot
 * have more of them. Where the last positions are not needed any more, their memory is given back.
 */
export class TunnelTable {
  /** Texts by position; '' where no tunnel has it. */
  readonly texts: string[] = [''];
  private readonly secrets: HashSecrets;
  private index = new FlowIndex();
  private positions = FIRST_POSITIONS;
  /** For each position the kind, the identifier and both ends. */
  private words = new Uint32Array(WORDS * FIRST_POSITIONS);
  private hashes = new Uint32Array(FIRST_POSITIONS);
  private flows = new Uint32Array(FIRST_POSITIONS);
  /** Tunnels without a flow, from the one that was needed least lately. */
  private readonly idle = new PositionQueue(FIRST_POSITIONS);
  /** Positions that no tunnel has. */
  private readonly free = new PositionQueue(FIRST_POSITIONS);
  private last = 0;

  constructor(secrets: HashSecrets) {
    this.secrets = secrets;
  }

  /** The position of the tunnel that the packet was taken out of. */
  of(fields: PacketFields): number {
    if (fields.tunnel === TUNNEL.none) return 0;
    if (this.last === 0 || !this.is(this.last, fields)) {
      const hash = this.hash(fields, fields.tunnelId);
      this.last = this.find(hash, fields) || this.add(hash, fields);
    }
    // The flow of this packet may end others before it holds the tunnel: what they leave must not drive it out.
    if (this.flows[this.last] === 0) {
      this.idle.remove(this.last);
      this.idle.add(this.last);
    }
    return this.last;
  }

  /** A hash of the tunnel and its number, whichever of its ends sent. */
  hashOf(position: number): number {
    return this.hashes[position]!;
  }

  /** The same for both directions. The numbers of some tunnels are those of their receiver, and differ by direction. */
  pairKey(fields: PacketFields): number {
    if (fields.tunnel === TUNNEL.none) return 0;
    return this.hash(fields, idOfReceiver(fields.tunnel) ? 0 : fields.tunnelId) || 1;
  }

  /** One more flow is in it. */
  hold(position: number): void {
    if (this.flows[position] === 0) this.idle.remove(position);
    this.flows[position]! += 1;
  }

  release(position: number): void {
    this.flows[position]! -= 1;
    if (this.flows[position] !== 0) return;
    this.idle.add(position);
    if (this.idle.size > KEPT) this.forget(this.idle.first);
  }

  /** Gives memory back where most positions are free. Positions that `of` gave and nobody holds are gone then: it is for times between packets. */
  tidy(): void {
    if (this.texts.length > 4 * KEPT && this.isSparse()) this.shrink();
  }

  private hash(fields: PacketFields, id: number): number {
    const { secrets } = this;
    const src = hashEnd(secrets, fields.outerSrc, fields.tunnel);
    const dst = hashEnd(secrets, fields.outerDst, fields.tunnel);
    return hashPair(secrets, src, dst, id, 0, 0);
  }

  private find(hash: number, fields: PacketFields): number {
    for (let p = this.index.find(this.index.first(hash), hash); p >= 0; p = this.index.find(p + 1, hash)) {
      const position = this.index.slotAt(p);
      if (this.is(position, fields)) return position;
    }
    return 0;
  }

  private is(position: number, fields: PacketFields): boolean {
    const { words } = this;
    const w = position * WORDS;
    if (words[w] !== fields.tunnel || words[w + 1] !== fields.tunnelId) return false;
    for (let i = 0; i < 4; i++) {
      if (words[w + 2 + i] !== fields.outerSrc[i] || words[w + 6 + i] !== fields.outerDst[i]) return false;
    }
    return true;
  }

  private add(hash: number, fields: PacketFields): number {
    if (this.idle.size >= KEPT) this.forget(this.idle.first);
    const position = this.free.first || this.texts.length;
    if (position === this.free.first) this.free.remove(position);
    else if (position >= this.positions) this.resize(2 * this.positions);
    const { words } = this;
    const w = position * WORDS;
    words[w] = fields.tunnel;
    words[w + 1] = fields.tunnelId;
    words.set(fields.outerSrc, w + 2);
    words.set(fields.outerDst, w + 6);
    this.texts[position] = tunnelText(fields.tunnel, fields.outerSrc, fields.outerDst, fields.tunnelId);
    this.hashes[position] = hash;
    this.index.insert(hash, position);
    this.idle.add(position);
    return position;
  }

  /** The position of an idle tunnel becomes free. */
  private forget(position: number): void {
    this.idle.remove(position);
    this.index.delete(this.hashes[position]!, position);
    this.words[position * WORDS] = TUNNEL.none;
    this.texts[position] = '';
    this.free.add(position);
  }

  /** Whether most positions are free, and the last one is in no flow. */
  private isSparse(): boolean {
    const { length } = this.texts;
    return this.flows[length - 1] === 0 && 4 * (length - this.free.size) < length;
  }

  /** Gives back the positions behind the last one that flows are in. */
  private shrink(): void {
    let end = this.texts.length;
    for (; end > 1 && this.flows[end - 1] === 0; end--) {
      if (this.words[(end - 1) * WORDS] !== TUNNEL.none) this.forget(end - 1);
      this.free.remove(end - 1);
    }
    this.texts.length = end;
    if (this.last >= end) this.last = 0;
    let positions = this.positions;
    while (positions > FIRST_POSITIONS && 4 * end < positions) positions /= 2;
    if (positions === this.positions) return;
    this.resize(positions);
    // An index does not become smaller by what is deleted.
    this.index = new FlowIndex();
    for (let position = 1; position < end; position++)
      if (this.words[position * WORDS] !== TUNNEL.none) this.index.insert(this.hashes[position]!, position);
  }

  private resize(positions: number): void {
    this.positions = positions;
    this.words = resized(this.words, WORDS * positions);
    this.hashes = resized(this.hashes, positions);
    this.flows = resized(this.flows, positions);
    this.idle.resize(positions);
    this.free.resize(positions);
  }
}

function idOfReceiver(kind: number): boolean {
  return (
    kind === TUNNEL.gtpu || kind === TUNNEL.l2tp || kind === TUNNEL.pptp || kind === TUNNEL.esp || kind === TUNNEL.ah
  );
}
