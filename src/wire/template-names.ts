import type { Dictionary } from '../flow/index.ts';
import { unsignedAt } from './columns/loops.ts';
import type { ExporterFacts } from './options/exporter-facts.ts';

/** Codes that are remembered of one kind of number before the memory begins anew. */
const REMEMBERED = 8_192;
const scratchLength = 24;

/**
 * Numbers of a record that stand for a name: the codes of their texts. Remembered for one exporter's facts at a time, because an
 * exporter's records come many at once; nothing is allocated for a number that is known.
 */
export class RecordNames {
  private facts: ExporterFacts | null = null;
  private revision = -1;
  private generation = -1;
  private readonly vrfs = new Map<number, number>();
  private readonly applications = new Map<number, number>();
  private readonly digits = new Uint8Array(scratchLength);

  /** Before the records of a set. `generation`: that of the texts, whose codes change with it. */
  begin(facts: ExporterFacts, generation: number): void {
    if (facts === this.facts && facts.revision === this.revision && generation === this.generation) return;
    this.facts = facts;
    this.revision = facts.revision;
    this.generation = generation;
    this.vrfs.clear();
    this.applications.clear();
  }

  /** The VRF's name, or its number; VRF 0 is the default one and has a name only when the exporter gives one. */
  vrf(texts: Dictionary, id: number): number {
    let code = this.vrfs.get(id);
    if (code === undefined) {
      code = texts.code(this.facts?.vrfName(id) ?? (id === 0 ? '' : String(id)));
      remember(this.vrfs, id, code);
    }
    return code;
  }

  /** RFC 6759 section 4: one byte of classification engine, then the selector. */
  application(texts: Dictionary, view: DataView, at: number, length: number): number {
    if (length === 0) return 0;
    const engine = view.getUint8(at);
    const selector = unsignedAt(view, at + 1, length - 1);
    // Longer selectors are not told apart by one number; they are rare.
    const key = length <= 6 ? engine * 2 ** 40 + selector : -1;
    let code = key < 0 ? undefined : this.applications.get(key);
    if (code === undefined) {
      code = texts.code(this.facts?.applicationName(view, at, length) ?? unnamed(engine, selector));
      if (key >= 0) remember(this.applications, key, code);
    }
    return code;
  }

  /** The number in decimal digits; 0 is "not known". */
  decimal(texts: Dictionary, value: number): number {
    if (value === 0) return 0;
    let at = scratchLength;
    for (let rest = value; rest >= 1 && at > 0; rest = Math.floor(rest / 10)) this.digits[--at] = 48 + (rest % 10);
    return texts.codeOf(this.digits, at, scratchLength - at);
  }
}

function unnamed(engine: number, selector: number): string {
  return engine === 0 && selector === 0 ? '' : `${engine}:${selector}`;
}

function remember(codes: Map<number, number>, key: number, code: number): void {
  if (codes.size >= REMEMBERED) codes.clear();
  codes.set(key, code);
}
