import { WEIR_ELEMENT, WEIR_PEN } from '../elements/registry.ts';
import { type OptionField, unsignedOf } from './option-values.ts';

/**
 * Totals since a process started: notSentFlowTotalCount (RFC 7011 section 4.3), records that it made and did not send, and ignoredPacketTotalCount
 * (section 4.2), packets that its meter did not look at. Weir's meter also says which packets it counted though they may be copies.
 */
const NOT_SENT_FLOWS = 166;
const IGNORED_PACKETS = 164;
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
  private records = 0;
  private packets = 0;
  private copies = 0;

  /** Scopes that report. */
  get size(): number {
    return this.scopes.size;
  }

  learn(view: DataView, fields: readonly OptionField[], scope: string, exportMs: number, bootMs: number): void {
    for (const field of fields) {
      const unsure = field.pen === WEIR_PEN && field.id === WEIR_ELEMENT.unsureCopies;
      if (!unsure && (field.pen !== 0 || (field.id !== NOT_SENT_FLOWS && field.id !== IGNORED_PACKETS))) continue;
      const total = unsignedOf(view, field);
      if (total < 0) continue;
      if (unsure) this.copies += this.growth(`${scope} copies`, total, field.length, exportMs, bootMs);
      else if (field.id === NOT_SENT_FLOWS) this.records += this.growth(scope, total, field.length, exportMs, bootMs);
      else this.packets += this.growth(`${scope} packets`, total, field.length, exportMs, bootMs);
    }
  }

  /** Records that were reported as not sent since the last call. */
  takeRecords(): number {
    const taken = this.records;
    this.records = 0;
    return taken;
  }

  /** Packets that were reported as not metered since the last call. */
  takePackets(): number {
    const taken = this.packets;
    this.packets = 0;
    return taken;
  }

  /** Packets that were reported as metered, and maybe copies, since the last call. */
  takeCopies(): number {
    const taken = this.copies;
    this.copies = 0;
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
