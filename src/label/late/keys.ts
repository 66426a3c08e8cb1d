import { KEY_WORDS } from './fact-table.ts';
import { ABOUT } from './facts.ts';
import type { HotColumns } from './hot-columns.ts';

/** Writes keys of facts about a row's ends into one array, which the next call takes again. */
export class Keys {
  readonly key = new Uint32Array(KEY_WORDS);

  /** Both directions of a flow have the same. */
  flow(c: HotColumns, row: number): Uint32Array {
    return this.connection(ABOUT.flow, c, row);
  }

  /** The same flow, as to what follows of it from others. */
  follows(c: HotColumns, row: number): Uint32Array {
    return this.connection(ABOUT.follows, c, row);
  }

  /** The same flow, as to which of its ends say something. */
  speaks(c: HotColumns, row: number): Uint32Array {
    return this.connection(ABOUT.speaks, c, row);
  }

  /** Whether the row is the other direction of what its key says. */
  isTurned(c: HotColumns, row: number): boolean {
    return isAfter(c, row) || (c.srcPort[row]! > c.dstPort[row]! && isSameAddress(c, row));
  }

  private connection(about: number, c: HotColumns, row: number): Uint32Array {
    const src = c.srcPort[row]!;
    const dst = c.dstPort[row]!;
    const swap = this.isTurned(c, row);
    return this.two(about, c.protocol[row]!, swap ? (dst << 16) | src : (src << 16) | dst, c, row, swap);
  }

  /** A client and its server, by the number of a rule. */
  pair(rule: number, c: HotColumns, row: number, sourceIsClient: boolean): Uint32Array {
    return this.two(ABOUT.pair, rule, 0, c, row, !sourceIsClient);
  }

  /** A client, and the port of a server. */
  clientName(c: HotColumns, row: number, sourceIsClient: boolean): Uint32Array {
    const port = sourceIsClient ? c.dstPort[row]! : c.srcPort[row]!;
    return this.two(ABOUT.clientName, 0, port, c, row, !sourceIsClient);
  }

  /** The port of a server, whoever asks it. */
  serverName(c: HotColumns, row: number, sourceIsClient: boolean): Uint32Array {
    const port = sourceIsClient ? c.dstPort[row]! : c.srcPort[row]!;
    return this.one(ABOUT.serverName, 0, port, c, row, !sourceIsClient);
  }

  /** One end, by the number of a rule. */
  host(rule: number, c: HotColumns, row: number, isSource: boolean): Uint32Array {
    return this.one(ABOUT.host, rule, 0, c, row, isSource);
  }

  /** One end that is a server, by the number of a rule. */
  server(rule: number, c: HotColumns, row: number, isSource: boolean): Uint32Array {
    return this.one(ABOUT.server, rule, 0, c, row, isSource);
  }

  /** One end with its port. */
  end(c: HotColumns, row: number, isSource: boolean): Uint32Array {
    return this.one(ABOUT.end, 0, (isSource ? c.srcPort : c.dstPort)[row]!, c, row, isSource);
  }

  private one(about: number, of: number, ports: number, c: HotColumns, row: number, isSource: boolean): Uint32Array {
    const { key } = this;
    this.head(about, of, ports);
    this.address(2, isSource ? c.srcLo : c.dstLo, isSource ? c.srcHi : c.dstHi, row);
    key.fill(0, 6);
    return key;
  }

  private two(about: number, of: number, ports: number, c: HotColumns, row: number, swap: boolean): Uint32Array {
    this.head(about, of, ports);
    this.address(swap ? 6 : 2, c.srcLo, c.srcHi, row);
    this.address(swap ? 2 : 6, c.dstLo, c.dstHi, row);
    return this.key;
  }

  private head(about: number, of: number, ports: number): void {
    this.key[0] = (about << 24) | of;
    this.key[1] = ports;
  }

  private address(at: number, lo: Uint32Array, hi: Uint32Array, row: number): void {
    const { key } = this;
    key[at] = lo[2 * row]!;
    key[at + 1] = lo[2 * row + 1]!;
    key[at + 2] = hi[2 * row]!;
    key[at + 3] = hi[2 * row + 1]!;
  }
}

/** Whether the source's address comes after the destination's. */
function isAfter({ srcLo, srcHi, dstLo, dstHi }: HotColumns, row: number): boolean {
  const low = 2 * row;
  const high = low + 1;
  if (srcHi[high] !== dstHi[high]) return srcHi[high]! > dstHi[high]!;
  if (srcHi[low] !== dstHi[low]) return srcHi[low]! > dstHi[low]!;
  if (srcLo[high] !== dstLo[high]) return srcLo[high]! > dstLo[high]!;
  return srcLo[low]! > dstLo[low]!;
}

function isSameAddress({ srcLo, srcHi, dstLo, dstHi }: HotColumns, row: number): boolean {
  const low = 2 * row;
  const high = low + 1;
  return (
    srcLo[low] === dstLo[low] && srcLo[high] === dstLo[high] && srcHi[low] === dstHi[low] && srcHi[high] === dstHi[high]
  );
}
