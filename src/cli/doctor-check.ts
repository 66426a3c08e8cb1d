import { resolve } from 'node:path';
import { systemClock, WeirError } from '../base/index.ts';
import { loadConfig } from '../server/index.ts';
import { type CheckReport, type CheckResult, checkStore } from '../store/index.ts';
import { nodeMeant } from './doctor-node.ts';
import { counted, grouped, span } from './human.ts';
import { beginSession } from './interrupt.ts';
import { print } from './output.ts';

interface CheckFlags {
  readonly data?: string;
  readonly config?: string;
  readonly format: 'table' | 'json';
  readonly dryRun?: true;
}

/** DuckDB's, of which a check needs little: one file at a time. */
const MEMORY_BYTES = 512 << 20;

/** `weir doctor --check`: exit 0 when the store is whole, or whole again; 1 when something is lost or not repaired. */
export async function checkAndRepair(flags: CheckFlags): Promise<void> {
  const config = loadConfig({
    env: process.env,
    ...(flags.config ? { file: flags.config } : {}),
    flags: { data: flags.data },
  });
  const { data } = nodeMeant(config, flags);
  const dryRun = flags.dryRun === true;
  const session = beginSession();
  const began = performance.now();
  let report: CheckReport;
  try {
    const { signal, onProgress } = session;
    report = await checkStore(resolve(data), {
      clock: systemClock,
      memoryBytes: MEMORY_BYTES,
      dryRun,
      signal,
      onProgress,
    });
  } finally {
    session.end();
  }
  const tookMs = Math.round(performance.now() - began);
  await print(flags.format === 'json' ? jsonOf(report, tookMs) : renderCheck(report, tookMs));
  if (!isWhole(report)) process.exitCode = 1;
}

/** Flags that do not go together. */
export function refuseMixed(flags: { readonly dryRun?: true; readonly check?: true; readonly plan?: number }): void {
  if (flags.dryRun && !flags.check) throw new WeirError('usage', '--dry-run: only with --check');
  if (flags.check && flags.plan !== undefined) throw new WeirError('usage', '--check and --plan: one of them');
}

/** One line for each thing that was found, and one of all. */
export function renderCheck(report: CheckReport, tookMs: number): string {
  return [...report.results.map(lineOf), ...knownLine(report), totalLine(report, tookMs), ''].join('\n');
}

function lineOf({ outcome, what, problem, done, lost }: CheckResult): string {
  const parts = [`${what}: ${problem}`, ...(done === null ? [] : [done]), ...(lost === null ? [] : [`gone: ${lost}`])];
  return `${WORDS[outcome].padEnd(WIDTH)}  ${parts.join('; ')}`;
}

const WORDS: Readonly<Record<CheckResult['outcome'], string>> = {
  harmless: 'as is',
  found: 'found',
  repaired: 'repaired',
  lost: 'lost',
  failed: 'not repaired',
};
const WIDTH = Math.max(...Object.values(WORDS).map((word) => word.length));

function knownLine({ known }: CheckReport): string[] {
  if (known === 0) return [];
  return [`known before: ${counted(known, 'file')} with rows that are gone; answers name them, see damaged/`];
}

function totalLine({ results, checked }: CheckReport, tookMs: number): string {
  const { segments, rollups, journals, ledger, lists } = checked;
  const files = [
    counted(segments, 'segment'),
    counted(rollups, 'roll-up'),
    counted(journals, 'journal'),
    counted(ledger, 'ledger file'),
    counted(lists, 'list'),
  ].join(', ');
  const outcomes = (['repaired', 'lost', 'failed', 'found'] as const).flatMap((outcome) => {
    const n = results.filter((r) => r.outcome === outcome).length;
    return n === 0 ? [] : [`${grouped(n)} ${WORDS[outcome]}`];
  });
  return `checked ${files} in ${span(tookMs)}: ${outcomes.length === 0 ? 'whole' : outcomes.join(', ')}`;
}

function isWhole({ results }: CheckReport): boolean {
  return results.every(({ outcome }) => outcome === 'harmless' || outcome === 'repaired');
}

function jsonOf(report: CheckReport, tookMs: number): string {
  const { results, checked, known } = report;
  const { ledger, ...files } = checked;
  const whole = isWhole(report);
  return `${JSON.stringify({ whole, results, checked: { ...files, ledger_files: ledger }, known, took_ms: tookMs })}\n`;
}
