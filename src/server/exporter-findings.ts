import { counted } from '../base/index.ts';
import type { LedgerCounter } from '../truth/index.ts';
import { DECODE_ERRORS, type DecodeError } from '../wire/index.ts';
import { type Finding, ok, warn } from './finding.ts';

/** A stream with what was counted for it. */
export interface CountedExporter {
  readonly exporter: string;
  /** Sets of data that wait for their template now. */
  readonly waiting_sets?: number;
  readonly counts: Readonly<Partial<Record<string, number>>>;
}

/** Losses below this share are said, but do not make a node degraded. */
const LOSS_WARN = 0.001;
const SHOWN = 5;

/** What is wrong with exporters, by address: loss on the way, sampling of unknown rate, data without templates. */
export function exporterFindings(exporters: readonly CountedExporter[]): Finding[] {
  const sums = sumsOf(exporters);
  const found = [...losing(sums), ...unknownSampling(sums), ...withoutTemplates(sums), ...waiting(sums)];
  if (found.length > 0 || sums.size === 0) return found;
  const addresses = counted(sums.size, 'address', 'addresses');
  return [ok('exporters', `${addresses}, none loses more than 0.1 % of its records`)];
}

/** Who sent what could not be read, most first, each with its causes: `192.0.2.1 12 (bad_length 10, no_template 2)`; empty where nobody did. */
export function sendersOfErrors(exporters: readonly CountedExporter[]): string {
  const found = [...sumsOf(exporters)].filter(([, s]) => s.errors > 0).sort((a, b) => b[1].errors - a[1].errors);
  return listed(found, (s) => `${s.errors} (${s.causes.map(([cause, n]) => `${cause} ${n}`).join(', ')})`);
}

function sumsOf(exporters: readonly CountedExporter[]): Map<string, Sums> {
  const sums = new Map<string, Sums>();
  for (const { exporter, counts, waiting_sets } of exporters) {
    const s = sums.get(exporter) ?? new Sums();
    s.add(counts);
    s.waiting += waiting_sets ?? 0;
    sums.set(exporter, s);
  }
  return sums;
}

class Sums {
  waiting = 0;
  private readonly counts = new Map<string, number>();

  add(counts: CountedExporter['counts']): void {
    for (const [name, n] of Object.entries(counts)) this.counts.set(name, (this.counts.get(name) ?? 0) + (n ?? 0));
  }

  of(name: LedgerCounter): number {
    return this.counts.get(name) ?? 0;
  }

  /** What could not be read by cause, most first. */
  get causes(): [DecodeError, number][] {
    const found = DECODE_ERRORS.map((cause): [DecodeError, number] => [cause, this.of(`error_${cause}`)]);
    return found.filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  }

  get errors(): number {
    return this.causes.reduce((sum, [, n]) => sum + n, 0);
  }

  get lost(): number {
    return Math.max(0, this.of('lost') - this.of('recovered'));
  }

  /** Of the records that were sent. */
  get lostShare(): number {
    return this.lost === 0 ? 0 : this.lost / (this.lost + this.of('records'));
  }
}

/** Gaps in sequence numbers: the datagrams were lost on the way here, or by the exporter. */
function losing(sums: ReadonlyMap<string, Sums>): Finding[] {
  const found = [...sums].filter(([, s]) => s.lostShare > LOSS_WARN).sort((a, b) => b[1].lost - a[1].lost);
  if (found.length === 0) return [];
  return [
    warn(
      'exporters',
      `${some(found, sums)} lose records on the way: ${listed(found, (s) => `${(100 * s.lostShare).toFixed(2)} %`)}`,
      'look for drops at the exporter and on the path; weir_exporter_lost_total at /metrics follows it',
    ),
  ];
}

function unknownSampling(sums: ReadonlyMap<string, Sums>): Finding[] {
  const found = [...sums].filter(([, s]) => s.of('unknown_sampling') > 0);
  if (found.length === 0) return [];
  return [
    warn(
      'sampling',
      `${some(found, sums)} signal sampling without a rate, so that their bytes are too low: ` +
        listed(found, (s) => `${s.of('unknown_sampling')} records`),
      'weir report exporters says the likely cause and the remedy; or give the rate under `exporters:` in the configuration file',
    ),
  ];
}

function withoutTemplates(sums: ReadonlyMap<string, Sums>): Finding[] {
  const found = [...sums].filter(([, s]) => s.of('error_no_template') > 0);
  if (found.length === 0) return [];
  return [
    warn(
      'templates',
      `data of ${some(found, sums)} was given up because its template did not come: ` +
        listed(found, (s) => `${s.of('error_no_template')} sets`),
      'let the exporter send its templates every minute or so (Cisco: `template data timeout 60` in the flow exporter)',
    ),
  ];
}

function waiting(sums: ReadonlyMap<string, Sums>): Finding[] {
  const found = [...sums].filter(([, s]) => s.waiting > 0);
  if (found.length === 0) return [];
  return [
    warn(
      'templates',
      `data of ${some(found, sums)} is in no answer yet, because it waits for its template: ` +
        listed(found, (s) => `${s.waiting} sets`),
      'wait for it (exporters repeat theirs every minute to every half hour), or let the exporter send it more often (Cisco: `template data timeout 60`)',
    ),
  ];
}

/** `1 of 2 exporters`. */
function some(found: readonly unknown[], sums: ReadonlyMap<string, Sums>): string {
  return `${found.length} of ${counted(sums.size, 'exporter')}`;
}

function listed(found: readonly [string, Sums][], figure: (s: Sums) => string): string {
  const names = found.slice(0, SHOWN).map(([name, s]) => `${name} ${figure(s)}`);
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : '';
  return `${names.join(', ')}${more}`;
}
