import { formatPrefix, maskAddress, parsePrefix } from '../flow/index.ts';
import { type ExporterSite, SITE_0 } from './home-networks.ts';
import { NumberedPrefixes } from './places/numbered-prefixes.ts';

/** A VLAN is a number of 12 bits (IEEE 802.1Q); 0 is none. */
const VLANS = 4_096;
const NO_VLANS = new Uint16Array(VLANS);

/** What the exporters of one prefix tell: places as in home-networks.ts, 0 for none. */
interface Told {
  readonly always: number;
  readonly byVlan: Uint16Array;
}

/** Which site exporters and VLANs tell. Of prefixes of exporters that lie within each other the longest counts that says something; a VLAN counts before the exporter alone. */
export class ExporterSites {
  /** Of the exporter that was asked for last. */
  always = 0;
  byVlan: Uint16Array = NO_VLANS;
  private readonly prefixes: NumberedPrefixes;
  private readonly told: readonly Told[];

  constructor(rules: readonly ExporterSite[], names: readonly string[]) {
    const prefixes = [...new Set(rules.map((rule) => formatPrefix(parsePrefix(rule.exporters)!)))];
    this.prefixes = new NumberedPrefixes(prefixes);
    const place = new Map(names.map((name, i) => [name, SITE_0 + i]));
    this.told = prefixes.map((prefix) => {
      const around = rules
        .filter((rule) => holds(rule.exporters, prefix))
        .sort((a, b) => bitsOf(a.exporters) - bitsOf(b.exporters));
      const byVlan = around.some((rule) => rule.vlans !== null) ? new Uint16Array(VLANS) : NO_VLANS;
      let always = 0;
      for (const { site, vlans } of around) {
        if (vlans === null) always = place.get(site)!;
        else byVlan.fill(place.get(site)!, vlans[0], vlans[1] + 1);
      }
      return { always, byVlan };
    });
  }

  /** Sets `always` and `byVlan` to what the exporter of this row tells. */
  ask(hi: Uint32Array, lo: Uint32Array, row: number): void {
    const number = this.prefixes.at(hi, lo, 2 * row);
    this.always = number === 0 ? 0 : this.told[number - 1]!.always;
    this.byVlan = number === 0 ? NO_VLANS : this.told[number - 1]!.byVlan;
  }
}

const bitsOf = (prefix: string): number => parsePrefix(prefix)!.bits;

function holds(outer: string, inner: string): boolean {
  const [a, b] = [parsePrefix(outer)!, parsePrefix(inner)!];
  return a.bits <= b.bits && maskAddress(b.address, a.bits).join() === maskAddress(a.address, a.bits).join();
}
