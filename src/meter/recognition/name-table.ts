import { FlowIndex } from '../flow-index.ts';
import { PositionQueue } from '../position-queue.ts';

/** A name and its length take so many bytes: the longest name has 255 (RFC 1035 section 2.3.4). */
const NAME_BYTES = 256;

/**
 * Names of servers, by position; 0 is none. A name that a flow, or an address, holds stays where it is. When there is no room, the one that nobody has
 * held for the longest time gives way; when all are held, a new one is not kept and `full` counts it. Their memory is asked for at once, but the system gives a page
 * of it only when a name comes to lie there.
 */
export class NameTable {
  /** By position; '' where none was ever. A position gets another text when nobody holds it. */
  readonly texts: string[] = [''];
  /** Names that were not kept. */
  full = 0;
  private readonly capacity: number;
  private readonly bytes: Buffer;
  private readonly lengths: Uint8Array;
  private readonly hashes: Int32Array;
  private readonly holders: Uint32Array;
  private readonly index = new FlowIndex();
  private readonly idle: PositionQueue;
  private readonly multiplier: number;

  /** `multiplier`: odd and secret, so that nobody can make names which fall on one place. */
  constructor(capacity: number, multiplier: number) {
    this.capacity = capacity;
    this.multiplier = multiplier;
    this.bytes = Buffer.from(new ArrayBuffer((capacity + 1) * NAME_BYTES));
    this.lengths = new Uint8Array(capacity + 1);
    this.hashes = new Int32Array(capacity + 1);
    this.holders = new Uint32Array(capacity + 1);
    this.idle = new PositionQueue(capacity + 1);
  }

  /** The position of a name of 1 to 255 bytes of UTF-8, held once more; 0 where there is no room. */
  hold(name: Uint8Array, length: number): number {
    const hash = this.hashOf(name, length);
    const position = this.find(hash, name, length) || this.add(hash, name, length);
    if (position !== 0) this.holdAgain(position);
    return position;
  }

  /** One more holds what is held. */
  holdAgain(position: number): void {
    if (this.holders[position] === 0) this.idle.remove(position);
    this.holders[position]! += 1;
  }

  release(position: number): void {
    this.holders[position]! -= 1;
    if (this.holders[position] === 0) this.idle.add(position);
  }

  private find(hash: number, name: Uint8Array, length: number): number {
    const { index } = this;
    for (let p = index.find(index.first(hash), hash); p >= 0; p = index.find(p + 1, hash)) {
      const position = index.slotAt(p);
      if (this.is(position, name, length)) return position;
    }
    return 0;
  }

  private is(position: number, name: Uint8Array, length: number): boolean {
    if (this.lengths[position] !== length) return false;
    const at = position * NAME_BYTES;
    for (let i = 0; i < length; i++) if (this.bytes[at + i] !== name[i]) return false;
    return true;
  }

  /** The name is idle until it is held. */
  private add(hash: number, name: Uint8Array, length: number): number {
    const position = this.place();
    if (position === 0) {
      this.full += 1;
      return 0;
    }
    const at = position * NAME_BYTES;
    for (let i = 0; i < length; i++) this.bytes[at + i] = name[i]!;
    this.lengths[position] = length;
    this.hashes[position] = hash;
    this.texts[position] = this.bytes.toString('utf8', at, at + length);
    this.index.insert(hash, position);
    this.idle.add(position);
    return position;
  }

  private place(): number {
    if (this.texts.length <= this.capacity) return this.texts.length;
    const position = this.idle.first;
    if (position === 0) return 0;
    this.idle.remove(position);
    this.index.delete(this.hashes[position]!, position);
    return position;
  }

  /** With the secret of the table. */
  hashOf(name: Uint8Array, length: number): number {
    let hash = this.multiplier ^ length;
    for (let i = 0; i < length; i++) {
      hash = Math.imul(hash ^ name[i]!, this.multiplier);
      hash ^= hash >>> 15;
    }
    return hash;
  }
}
