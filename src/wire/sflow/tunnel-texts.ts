import type { Dictionary } from '../../flow/index.ts';
import { tunnelText } from '../../packet/index.ts';

const SLOTS = 1_024;
const WORDS = 10;

/** Tunnels as text. The last ones are remembered by their numbers: no string for each packet. */
export class TunnelTexts {
  private readonly keys = new Uint32Array(SLOTS * WORDS);
  /** Code + 1; 0 is a free place. */
  private readonly codes = new Uint32Array(SLOTS);

  /** Codes of before are of no use any more. */
  forget(): void {
    this.codes.fill(0);
  }

  /** The code of a tunnel; `kind` is a code of TUNNEL, 0 one whose kind is not known; `id` 0 is not told. */
  code(dictionary: Dictionary, kind: number, src: Uint32Array, dst: Uint32Array, id: number): number {
    const slot = slotOf(kind, src, dst, id);
    const known = this.codes[slot]!;
    if (known !== 0 && this.holds(slot, kind, src, dst, id)) return known - 1;
    const code = dictionary.code(tunnelText(kind, src, dst, id));
    this.keys.set(src, slot * WORDS);
    this.keys.set(dst, slot * WORDS + 4);
    this.keys[slot * WORDS + 8] = id;
    this.keys[slot * WORDS + 9] = kind;
    this.codes[slot] = code + 1;
    return code;
  }

  private holds(slot: number, kind: number, src: Uint32Array, dst: Uint32Array, id: number): boolean {
    const { keys } = this;
    const at = slot * WORDS;
    for (let i = 0; i < 4; i++) if (keys[at + i] !== src[i] || keys[at + 4 + i] !== dst[i]) return false;
    return keys[at + 8] === id && keys[at + 9] === kind;
  }
}

function slotOf(kind: number, src: Uint32Array, dst: Uint32Array, id: number): number {
  let hash = Math.imul(id ^ (kind << 24), 0x9e3779b1);
  for (let i = 0; i < 4; i++) {
    hash = Math.imul(hash ^ src[i]!, 0x85ebca6b);
    hash = Math.imul((hash >>> 13) ^ hash ^ dst[i]!, 0xc2b2ae35);
  }
  return ((hash >>> 16) ^ hash) & (SLOTS - 1);
}
