import { existsSync } from 'node:fs';
import { asWeirError, type Clock, WeirError } from '../../base/index.ts';
import { lockFile } from '../../system/index.ts';
import { type Layout, layoutOf } from '../layout.ts';
import type { ManifestState } from '../manifest.ts';
import { readDamage } from '../quarantine.ts';
import type { Checked, Finding } from './finding.ts';
import { type Look, lookAt, type Watch } from './look.ts';
import { repair } from './repair.ts';

/** What became of something that was found: `found` where it was only looked at. */
type CheckOutcome = 'harmless' | 'found' | 'repaired' | 'lost' | 'failed';

/** One thing that was found in a store, and what was done. */
export interface CheckResult {
  readonly what: string;
  readonly problem: string;
  readonly outcome: CheckOutcome;
  /** In words; null where nothing was done. */
  readonly done: string | null;
  /** What is gone for good, in words. */
  readonly lost: string | null;
}

export interface CheckReport {
  readonly results: readonly CheckResult[];
  readonly checked: Checked;
  /** Files whose rows were lost before, and which answers name. */
  readonly known: number;
}

export interface CheckOptions extends Watch {
  readonly clock: Clock;
  /** Look only. */
  readonly dryRun: boolean;
}

/** What one repair brings to light, such as a manifest that is there again, the next one repairs. */
const ROUNDS = 4;

/**
 * Checks a store that no node has, and repairs what can be repaired without losing anything. WeirError `usage` where there is no store or a node runs on it,
 * `version` for the directory of a newer Weir.
 */
export async function checkStore(root: string, options: CheckOptions): Promise<CheckReport> {
  const layout = layoutOf(root);
  if (!existsSync(layout.version)) throw new WeirError('usage', `${root} holds no store: name one with --data`);
  const lock = lockOf(layout);
  try {
    return await new Check(layout, options).run();
  } finally {
    lock.release();
  }
}

function lockOf(layout: Layout): { release(): void } {
  try {
    return lockFile(layout.lock);
  } catch (error) {
    const { code, details } = asWeirError(error);
    if (code !== 'busy') throw error;
    const holder = details.pid === undefined ? 'another process' : `process ${details.pid}`;
    throw new WeirError(
      'usage',
      `${holder} has ${layout.root}: stop the node first, a check needs the store to itself`,
    );
  }
}

class Check {
  private readonly layout: Layout;
  private readonly options: CheckOptions;
  private readonly all = new Map<string, Finding>();

  constructor(layout: Layout, options: CheckOptions) {
    this.layout = layout;
    this.options = options;
  }

  async run(): Promise<CheckReport> {
    const known = this.lostFiles();
    let look = await this.look();
    let failure: string | null = null;
    for (let round = 0; round < ROUNDS && !this.options.dryRun && hasWork(look); round++) {
      const before = look;
      failure = await repair(this.layout, look.state, look.findings, this.options);
      look = await this.look();
      if (failure !== null || isSame(before, look)) break;
    }
    const left = new Set(look.findings.map(keyOf));
    const results = [...this.all.values()].map((finding) =>
      this.resultOf(finding, left.has(keyOf(finding)) || isOpen(finding, look.state), failure),
    );
    const told = new Set(results.map((r) => r.what));
    const more = [...this.lostFiles()].filter(([file]) => !known.has(file) && !told.has(file));
    for (const [what, problem] of more)
      results.push({ what, problem, outcome: 'lost', done: 'it was put into quarantine/', lost: 'what was in it' });
    return { results, checked: look.checked, known: known.size };
  }

  private async look(): Promise<Look> {
    const look = await lookAt(this.layout, this.options);
    for (const finding of look.findings) if (!this.all.has(keyOf(finding))) this.all.set(keyOf(finding), finding);
    return look;
  }

  private resultOf(finding: Finding, isLeft: boolean, failure: string | null): CheckResult {
    const { what, problem, will, lost, harmless, fix } = finding;
    const result = (outcome: CheckOutcome, done: string | null): CheckResult => ({
      what,
      problem,
      outcome,
      done,
      lost,
    });
    if (harmless) return result('harmless', will);
    if (this.options.dryRun) return result('found', null);
    if (fix.kind === 'none' && isLeft) return result(lost === null ? 'failed' : 'lost', will);
    if (isLeft) return result('failed', `it could not be repaired${failure === null ? '' : `: ${failure}`}`);
    return result(
      lost === null ? 'repaired' : 'lost',
      fix.kind === 'none' ? 'it is right again with the others' : will,
    );
  }

  /** Files with rows that are gone, and why, as answers name them. */
  private lostFiles(): Map<string, string> {
    return new Map(readDamage(this.layout).flatMap((d) => (d.rows === 0 ? [] : [[d.file, d.reason] as const])));
  }
}

function hasWork({ findings }: Look): boolean {
  return findings.some(({ fix }) => fix.kind !== 'none');
}

function isSame(a: Look, b: Look): boolean {
  return JSON.stringify(a.findings.map(keyOf)) === JSON.stringify(b.findings.map(keyOf));
}

/** Work that is still to be done: while it is, nothing can be compared. */
function isOpen({ fix }: Finding, state: ManifestState | null): boolean {
  if (fix.kind === 'remake') return state?.remakeHours.includes(fix.hour) === true;
  if (fix.kind === 'settle') return state?.dirtyHours.includes(fix.hour) === true;
  return fix.kind === 'settle-day' && state?.dirtyDays.includes(fix.day) === true;
}

function keyOf({ what, problem }: Finding): string {
  return `${what}: ${problem}`;
}
