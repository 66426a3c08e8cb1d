import { type PacketFields, TUNNEL, tunnelText } from '../packet/index.ts';
import { FlowIndex } from './flow-index.ts';
import { type HashSecrets, hashEnd, hashPair } from './key-hash.ts';

const FIRST_POSITIONS = 64;
const WORDS = 10;
/** Tunnels that are kept though no flow is in them: their texts are likely to be needed again. */
const KEPT = 4096;
/** Positions that are looked at for one that no flow needs, when another is wanted. */
const LOOKS = 16;

/**
 * The tunnels that packets were taken out of, by position; 0 is none. A position that no open flow is in may become that of another tunnel, so that there
 * are never many more than open flows.
 */
export class TunnelTable {
  /** Texts by position. */
  readonly texts: string[] = [''];
  private readonly secrets: HashSecrets;
  private readonly index = new FlowIndex();
  /** For each position the kind, the identifier and both ends. */
  private words = new Uint32Array(WORDS * FIRST_POSITIONS);
  private hashes = new Uint32Array(FIRST_POSITIONS);
  private flows = new Uint32Array(FIRST_POSITIONS);
  private hand = 0;
  private last = 0;

  constructor(secrets: HashSecrets) {
    this.secrets = secrets;
  }

  /** The position of the tunnel that the packet was taken out of. */
  of(fields: PacketFields): number {
    if (fields.tunnel === TUNNEL.none) return 0;
    if (this.last !== 0 && this.is(this.last, fields)) return this.last;
    const hash = this.hash(fields, fields.tunnelId);
    this.last = this.find(hash, fields) || this.add(hash, fields);
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
    this.flows[position]! += 1;
  }

  release(position: number): void {
    this.flows[position]! -= 1;
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
    const position = this.unused() || this.texts.length;
    if (position * WORDS >= this.words.length) this.grow();
    const { words } = this;
    const w = position * WORDS;
    words[w] = fields.tunnel;
    words[w + 1] = fields.tunnelId;
    words.set(fields.outerSrc, w + 2);
    words.set(fields.outerDst, w + 6);
    this.texts[position] = tunnelText(fields.tunnel, fields.outerSrc, fields.outerDst, fields.tunnelId);
    this.hashes[position] = hash;
    this.index.insert(hash, position);
    return position;
  }

  /** A position that can be given away, taken out of the index, or 0. */
  private unused(): number {
    if (this.texts.length <= KEPT) return 0;
    for (let i = 0; i < LOOKS; i++) {
      this.hand = this.hand + 1 < this.texts.length ? this.hand + 1 : 1;
      if (this.flows[this.hand] !== 0) continue;
      this.index.delete(this.hashes[this.hand]!, this.hand);
      return this.hand;
    }
    return 0;
  }

  private grow(): void {
    this.words = longer(this.words);
    this.hashes = longer(this.hashes);
    this.flows = longer(this.flows);
  }
}

function longer(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(2 * array.length);
  grown.set(array);
  return grown;
}

function idOfReceiver(kind: number): boolean {
  return (
    kind === TUNNEL.gtpu || kind === TUNNEL.l2tp || kind === TUNNEL.pptp || kind === TUNNEL.esp || kind === TUNNEL.ah
  );
}
