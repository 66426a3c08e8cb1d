import { asWeirError } from '../../base/index.ts';
import { type BpfMap, type ListedInterface, listInterfaces, lookIntoNamespaces } from '../../system/index.ts';

const READ_MS = 5_000;

/**
 * Tells the programs how long a packet may be at each interface. They know an interface by its number alone, which is another one's in another network namespace: those of this
 * namespace come first, then those that other namespaces had at the start, then the other ends of pairs, which containers have.
 */
export class InterfaceMtus {
  private readonly map: BpfMap;
  private readonly elsewhere = new Map<number, number>();
  private told: ReadonlyMap<number, number> = new Map();
  private nextMs: number;

  constructor(map: BpfMap, nowMs: number) {
    this.map = map;
    lookIntoNamespaces(() => listInterfaces(({ index, mtu }) => this.elsewhere.set(index, mtu)));
    this.tell();
    this.nextMs = nowMs + READ_MS;
  }

  refresh(nowMs: number): void {
    if (nowMs < this.nextMs) return;
    this.nextMs = nowMs + READ_MS;
    this.tell();
  }

  private tell(): void {
    const listed: ListedInterface[] = [];
    try {
      listInterfaces((found) => listed.push({ ...found }));
    } catch (error) {
      if (asWeirError(error).code !== 'system') throw error;
      return;
    }
    const known = mtusOf(listed, this.elsewhere);
    for (const [index, mtu] of known) if (this.told.get(index) !== mtu) this.write(index, mtu);
    for (const index of this.told.keys()) if (!known.has(index)) this.write(index, 0);
    this.told = known;
  }

  private write(index: number, mtu: number): void {
    const { keyBytes, valueBytes } = this.map;
    new DataView(keyBytes.buffer).setUint32(0, index, true);
    new DataView(valueBytes.buffer).setUint32(0, mtu, true);
    this.map.put();
  }
}

/** By number of an interface. */
export function mtusOf(
  own: readonly ListedInterface[],
  elsewhere: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const known = new Map<number, number>();
  for (const { peer, mtu } of own) if (peer !== 0) known.set(peer, mtu);
  for (const [index, mtu] of elsewhere) known.set(index, mtu);
  for (const { index, mtu } of own) known.set(index, mtu);
  return known;
}
