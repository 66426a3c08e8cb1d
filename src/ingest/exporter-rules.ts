import { type AddressWords, isMappedIPv4, maskAddress, parsePrefix } from '../flow/index.ts';
import type { InterfaceState } from '../truth/index.ts';
import { DEFAULT_EXPORTER_SETTINGS, type ExporterSettings } from '../wire/index.ts';

/** What configuration says of the exporters of one prefix: plain data, so that it crosses to the threads that decode. */
export interface ExporterRule {
  /** `192.0.2.0/24`, or an address alone. */
  readonly prefix: string;
  readonly settings: ExporterSettings;
  /** What people call the exporter. */
  readonly name?: string;
  /** What people call its interfaces; '' and speed 0 where they say nothing. */
  readonly interfaces?: readonly InterfaceState[];
}

/** Bits of ::ffff:0:0/96, which IPv4 addresses and their prefixes begin with. */
const IPV4_BITS = 96;

/** Finds the rule of an exporter by its address: the longest prefix wins. Asked once for each new stream. */
export class ExporterRules {
  /** Rules by masked address, for each length of a prefix; the longest first. */
  private readonly lengths: readonly { readonly bits: number; readonly rules: ReadonlyMap<string, ExporterRule> }[];

  constructor(rules: readonly ExporterRule[]) {
    const byLength = new Map<number, Map<string, ExporterRule>>();
    for (const rule of rules) {
      const prefix = parsePrefix(rule.prefix);
      if (!prefix) continue;
      const same = byLength.get(prefix.bits) ?? new Map<string, ExporterRule>();
      same.set(prefix.address.join(), rule);
      byLength.set(prefix.bits, same);
    }
    this.lengths = [...byLength].map(([bits, found]) => ({ bits, rules: found })).sort((a, b) => b.bits - a.bits);
  }

  /** Four words of the address, most significant first; IPv4 as ::ffff:a.b.c.d. */
  settingsOf(address: ArrayLike<number>): ExporterSettings {
    return this.ruleOf(address)?.settings ?? DEFAULT_EXPORTER_SETTINGS;
  }

  /** Null where configuration gives it no name. */
  nameOf(address: ArrayLike<number>): string | null {
    return this.ruleOf(address)?.name ?? null;
  }

  private ruleOf(address: ArrayLike<number>): ExporterRule | undefined {
    const words: AddressWords = [address[0]!, address[1]!, address[2]!, address[3]!];
    for (const { bits, rules } of this.lengths) {
      // Shorter prefixes are of IPv6 alone: `::/0` is not everybody.
      if (bits < IPV4_BITS && isMappedIPv4(words)) break;
      const found = rules.get(maskAddress(words, bits).join());
      if (found) return found;
    }
    return undefined;
  }
}
