import { WEIR_ELEMENT, WEIR_PEN } from '../elements/registry.ts';
import { type OptionField, unsignedOf } from './option-values.ts';

/**
 * Totals since a process started: notSentFlowTotalCount (RFC 7011 section 4.3), records that it made and did not send, and ignoredPacketTotalCount
 * (section 4.2), packets that its meter did not look at. Weir's meters also say which packets they counted though they may be copies, what the
 * policy of a host removed, and for how long a host was metered at a lower level. Each total of a scope counts for itself; `key` tells them apart in what is saved.
 */
const TOTALS = {
  notSentRecords: { pen: 0, id: 166, key: '' },
  ignoredPackets: { pen: 0, id: 164, key: ' packets' },
  unsureCopies: { pen: WEIR_PEN, id: WEIR_ELEMENT.unsureCopies, key: ' copies' },
  removedRecords: { pen: WEIR_PEN, id: WEIR_ELEMENT.removedRecords, key: ' removed records' },
  removedOctets: { pen: WEIR_PEN, id: WEIR_ELEMENT.removedOctets, key: ' removed octets' },
  removedPackets: { pen: WEIR_PEN, id: WEIR_ELEMENT.removedPackets, key: ' removed packets' },
  payloadOnlyTime: { pen: WEIR_PEN, id: WEIR_ELEMENT.payloadOnlyTime, key: ' payload only' },
  uncountedTime: { pen: WEIR_PEN, id: WEIR_ELEMENT.uncountedTime, key: ' uncounted' },
} as const;
type TotalName = keyof typeof TOTALS;
const NAMES = Object.keys(TOTALS) as TotalName[];
/** Processes and line cards of one exporter that report apart from each other. */
const MAX_SCOPES = 256;
const WRAP = 0x1_0000_0000;
/** Datagrams overtake each other by less, and data waits no longer for its template: HeldSets. */
const LATE_MS = 600_000;
/** A boot that is computed from the seconds of two headers differs by less where it was one. */
const SAME_BOOT_MS = 10_000;

/** The last report of one process. */
interface Report {
  total: number;
  /** The exporter's clock when it sent the report, and when it booted; 0 where that is not known. */
  exportMs: number;
  bootMs: number;
}

export type SavedReport = readonly [scope: string, total: number, exportMs: number, bootMs: number];

/**
 * What an exporter says it did not send or did not see, by scope, and how much of it is new since it was last asked. The first report of a scope is
 * where counting begins: what was dropped before is not ours to report.
 */
export class ReportedTotals {
  overflow = 0;
  private readonly scopes = new Map<string, Report>();
  /** What came since it was last asked for. */
  private readonly grown: Record<TotalName, number> = {
    notSentRecords: 0,
    ignoredPackets: 0,
    unsureCopies: 0,
    removedRecords: 0,
    removedOctets: 0,
    removedPackets: 0,
    payloadOnlyTime: 0,
    uncountedTime: 0,
  };

  /** Scopes that report. */
  get size(): number {
    return this.scopes.size;
  }

  learn(view: DataView, fields: readonly OptionField[], scope: string, exportMs: number, bootMs: number): void {
    for (const field of fields) {
      const name = NAMES.find((n) => TOTALS[n].id === field.id && TOTALS[n].pen === field.pen);
      if (name === undefined) continue;
      const total = unsignedOf(view, field);
      if (total < 0) continue;
      this.grown[name] += this.growth(scope + TOTALS[name].key, total, field.length, exportMs, bootMs);
    }
  }

  /** How much of a total is new since the last call. */
  take(name: TotalName): number {
    const taken = this.grown[name];
    this.grown[name] = 0;
    return taken;
  }

  save(): SavedReport[] {
    return [...this.scopes].map(([scope, { total, exportMs, bootMs }]) => [scope, total, exportMs, bootMs]);
  }

  /** Enters the last report of a scope, from which counting goes on. */
  put(scope: string, total: number, exportMs: number, bootMs: number): void {
    if (this.scopes.size < MAX_SCOPES) this.scopes.set(scope, { total, exportMs, bootMs });
    else this.overflow += 1;
  }

  /** How much the total of a scope has grown since its last report. */
  private growth(scope: string, total: number, length: number, exportMs: number, bootMs: number): number {
    const last = this.scopes.get(scope);
    if (last === undefined) {
      this.put(scope, total, exportMs, bootMs);
      return 0;
    }
    const grown = growthSince(last, total, length, exportMs, bootMs);
    if (grown < 0) return 0;
    last.total = total;
    last.exportMs = exportMs;
    last.bootMs = bootMs;
    return grown;
  }
}

/**
 * How much a total has grown; -1 for a report that was overtaken and tells nothing. A smaller total is the wrap of a 32-bit counter when
 * it fell from the top quarter to the bottom one. A restart, after which it has counted from 0, needs evidence: another boot, a fall by
 * more than half, or a report too new to be a late one.
 */
function growthSince(last: Report, total: number, length: number, exportMs: number, bootMs: number): number {
  const newerMs = exportMs - last.exportMs;
  // Older by more, the exporter's clock was set back.
  if (newerMs < 0 && newerMs >= -LATE_MS) return -1;
  if (total >= last.total) return total - last.total;
  if (length === 4 && last.total >= 0.75 * WRAP && total < 0.25 * WRAP) return total + WRAP - last.total;
  const rebooted = last.bootMs > 0 && bootMs > last.bootMs + SAME_BOOT_MS;
  return rebooted || total < last.total / 2 || newerMs > LATE_MS ? total : -1;
}
