import { type CaptureFacts, LINK_TYPE } from '../packet/index.ts';
import { captureDrops } from './capture-drops.ts';

/** In ms; null where no packet had a time. */
interface PacketTimes {
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

export function spanOf({ firstMs, lastMs }: PacketTimes): number | null {
  return firstMs === null || lastMs === null ? null : lastMs - firstMs;
}

/** What a capture says of itself, for its provenance: whose packets are of these times, and had these errors. */
export function captureProvenance(facts: CaptureFacts, times: PacketTimes, errors: Readonly<Record<string, number>>) {
  const { interfaces } = facts;
  const { drops, implausible } = captureDrops(interfaces, spanOf(times));
  const limits = interfaces.map((i) => i.snapLength).filter((n) => n > 0);
  return {
    kind: facts.format,
    link_types: [...new Set(interfaces.map((i) => linkName(i.linkType)))],
    snap_length: limits.length > 0 ? Math.min(...limits) : null,
    capture_drops: drops,
    errors: { ...errors, ...(implausible > 0 ? { capture_drops_implausible: implausible } : {}) },
  };
}

const LINK_NAMES = new Map<number, string>(Object.entries(LINK_TYPE).map(([name, code]) => [code, name]));

function linkName(code: number): string {
  return LINK_NAMES.get(code) ?? String(code);
}
