import type { JsonValue } from '../../flow/index.ts';

/** One key with its sums. */
export interface KeyedSum<Name extends string> {
  readonly key: JsonValue;
  readonly of: (name: Name) => bigint;
}

/** Sums of several answers under names, by a key that both have: an autonomous system as source and as destination. */
export class KeyedSums<Name extends string> {
  private readonly sums = new Map<JsonValue, Map<Name, bigint>>();

  add(key: JsonValue, name: Name, value: JsonValue): void {
    const found = this.sums.get(key) ?? new Map<Name, bigint>();
    found.set(name, (found.get(name) ?? 0n) + BigInt(value ?? 0));
    this.sums.set(key, found);
  }

  /** Those with the most under `names` together first; those without any are left out. */
  largest(names: readonly Name[], limit: number): KeyedSum<Name>[] {
    return [...this.sums]
      .map(([key, sums]) => {
        const of = (name: Name) => sums.get(name) ?? 0n;
        return { key, of, weight: names.reduce((sum, name) => sum + of(name), 0n) };
      })
      .filter(({ weight }) => weight > 0n)
      .sort((a, b) => (a.weight === b.weight ? compare(a.key, b.key) : a.weight < b.weight ? 1 : -1))
      .slice(0, limit);
  }
}

/** What nobody knows stands last: in many networks it would lead every ranking. */
export function knownFirst<Name extends string>(sums: readonly KeyedSum<Name>[]): readonly KeyedSum<Name>[] {
  return [...sums.filter(({ key }) => key !== null), ...sums.filter(({ key }) => key === null)];
}

/** Equal ones by their key, so that the same question has one answer. */
function compare(a: JsonValue, b: JsonValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a ?? ''), String(b ?? '')];
  return x < y ? -1 : Number(x > y);
}
