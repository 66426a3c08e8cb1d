import { type AddressWords, formatAddress, formatPrefix, type Prefix } from '../../flow/index.ts';
import type { LineFault } from './entry-line.ts';
import { faultOf, type ListFault } from './list-fault.ts';
import type { NumberedLine } from './list-lines.ts';
import type { PrefixDoubt } from './prefix-guard.ts';

/** Why a line of a list did not become prefixes. */
export type Rejection = LineFault | Exclude<PrefixDoubt, 'own' | null>;

/** How many are named of a kind. */
const NAMED = 5;

/** The prefixes of a list, each once, and what was left out. */
export class PrefixCollector {
  readonly found = new Map<string, Prefix>();
  readonly rejected: Record<Rejection, number> = { name: 0, not_address: 0, bad_range: 0, too_wide: 0, covers_home: 0 };
  readonly faults: ListFault[] = [];
  readonly refused: string[] = [];
  readonly ownNamed: string[] = [];
  own = 0;
  private readonly guard: (p: Prefix) => PrefixDoubt;

  constructor(guard: (p: Prefix) => PrefixDoubt) {
    this.guard = guard;
  }

  fault(line: NumberedLine, cause: LineFault): void {
    this.rejected[cause] += 1;
    if (this.faults.length < NAMED) this.faults.push(faultOf(line, cause));
  }

  /** The prefixes of one entry. What is left of a range without its wide parts is nothing that anybody meant: it is refused whole. */
  entry(prefixes: readonly Prefix[]): void {
    const isWideRange = prefixes.length > 1 && prefixes.some((p) => this.guard(p) === 'too_wide');
    if (isWideRange) this.refuse('too_wide', rangeInWords(prefixes));
    else for (const prefix of prefixes) this.prefix(prefix);
  }

  private prefix(prefix: Prefix): void {
    const key = `${prefix.address.join()}/${prefix.bits}`;
    if (this.found.has(key)) return;
    const doubt = this.guard(prefix);
    if (doubt === 'too_wide' || doubt === 'covers_home') {
      this.refuse(doubt, formatPrefix(prefix));
      return;
    }
    if (doubt === 'own') {
      this.own += 1;
      if (this.ownNamed.length < NAMED) this.ownNamed.push(formatPrefix(prefix));
    }
    this.found.set(key, prefix);
  }

  private refuse(doubt: 'too_wide' | 'covers_home', text: string): void {
    this.rejected[doubt] += 1;
    if (this.refused.length < NAMED) this.refused.push(text);
  }
}

/** `1.0.0.1-255.0.0.9`, of the prefixes that a range comes down to. */
function rangeInWords(prefixes: readonly Prefix[]): string {
  return `${formatAddress(prefixes[0]!.address)}-${formatAddress(lastAddress(prefixes.at(-1)!))}`;
}

const WORD_BITS = 32;

function lastAddress({ address, bits }: Prefix): AddressWords {
  const [w0, w1, w2, w3] = address;
  const filled = (word: number, at: number) => {
    const kept = Math.min(Math.max(bits - at * WORD_BITS, 0), WORD_BITS);
    return kept === WORD_BITS ? word : (word | (0xffff_ffff >>> kept)) >>> 0;
  };
  return [filled(w0, 0), filled(w1, 1), filled(w2, 2), filled(w3, 3)];
}
