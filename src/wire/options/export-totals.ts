import type { OptionField } from './option-values.ts';
import { unsignedOf } from './option-values.ts';

/** What an exporter says of its own work, since it (or its process) started; -1 where it does not say (RFC 7011 section 4). */
export interface ExportTotals {
  exportedOctets: number;
  exportedMessages: number;
  exportedFlows: number;
  observedFlows: number;
  ignoredPackets: number;
  ignoredOctets: number;
  notSentFlows: number;
  notSentPackets: number;
  notSentOctets: number;
}

/** What an exporter says it lost on its own side. */
export interface ExporterDrops {
  /** Records that it made and did not send, with the packets and octets in them. */
  flows: number;
  packets: number;
  octets: number;
  /** Packets and octets that it saw and did not meter. */
  ignoredPackets: number;
  ignoredOctets: number;
}

const TOTAL_OF: Readonly<Record<number, keyof ExportTotals>> = {
  40: 'exportedOctets',
  41: 'exportedMessages',
  42: 'exportedFlows',
  163: 'observedFlows',
  164: 'ignoredPackets',
  165: 'ignoredOctets',
  166: 'notSentFlows',
  167: 'notSentPackets',
  168: 'notSentOctets',
};
const DROP_OF: Partial<Record<keyof ExportTotals, keyof ExporterDrops>> = {
  ignoredPackets: 'ignoredPackets',
  ignoredOctets: 'ignoredOctets',
  notSentFlows: 'flows',
  notSentPackets: 'packets',
  notSentOctets: 'octets',
};

/** Processes and line cards of one exporter that report apart from each other. */
const MAX_SCOPES = 256;
const WRAP = 0x1_0000_0000;

const NOTHING: Readonly<ExportTotals> = {
  exportedOctets: -1,
  exportedMessages: -1,
  exportedFlows: -1,
  observedFlows: -1,
  ignoredPackets: -1,
  ignoredOctets: -1,
  notSentFlows: -1,
  notSentPackets: -1,
  notSentOctets: -1,
};

/**
 * The totals that an exporter reports, by scope, and what it dropped since it was last asked. The first report of a scope is
 * where counting begins: what was dropped before is not ours to report.
 */
export class ReportedTotals {
  overflow = 0;
  private readonly scopes = new Map<string, ExportTotals>();
  private drops: ExporterDrops = noDrops();

  /** Scopes that report. */
  get size(): number {
    return this.scopes.size;
  }

  learn(view: DataView, fields: readonly OptionField[], scope: string): void {
    let totals: ExportTotals | undefined;
    for (const field of fields) {
      const name = field.pen === 0 ? TOTAL_OF[field.id] : undefined;
      if (name === undefined) continue;
      const value = unsignedOf(view, field);
      if (value < 0) continue;
      totals ??= this.of(scope);
      if (totals === undefined) return;
      const drop = DROP_OF[name];
      if (drop !== undefined && totals[name] >= 0) this.drops[drop] += grown(totals[name], value, field.length);
      totals[name] = value;
    }
  }

  /** The sum over the scopes; `undefined` where the exporter reports nothing of itself. */
  get sum(): ExportTotals | undefined {
    if (this.scopes.size === 0) return undefined;
    const sum = { ...NOTHING };
    for (const totals of this.scopes.values()) {
      for (const name of Object.keys(sum) as (keyof ExportTotals)[]) {
        if (totals[name] >= 0) sum[name] = Math.max(0, sum[name]) + totals[name];
      }
    }
    return sum;
  }

  takeDrops(): ExporterDrops {
    const taken = this.drops;
    this.drops = noDrops();
    return taken;
  }

  private of(scope: string): ExportTotals | undefined {
    const known = this.scopes.get(scope);
    if (known !== undefined) return known;
    if (this.scopes.size >= MAX_SCOPES) {
      this.overflow++;
      return undefined;
    }
    const totals = { ...NOTHING };
    this.scopes.set(scope, totals);
    return totals;
  }
}

/**
 * How much a total has grown. A smaller value is the wrap of a 32-bit counter when it fell from the top quarter to the bottom
 * one, and else a restart, after which it has counted from 0.
 */
function grown(before: number, value: number, length: number): number {
  if (value >= before) return value - before;
  if (length === 4 && before >= 0.75 * WRAP && value < 0.25 * WRAP) return value + WRAP - before;
  return value;
}

function noDrops(): ExporterDrops {
  return { flows: 0, packets: 0, octets: 0, ignoredPackets: 0, ignoredOctets: 0 };
}
