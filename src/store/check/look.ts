import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asWeirError, WeirError } from '../../base/index.ts';
import { Duck } from '../duck.ts';
import type { Layout } from '../layout.ts';
import { readVersion } from '../layout-versions.ts';
import { type ManifestState, readManifest } from '../manifest.ts';
import { rollupPath, segmentPath } from '../paths.ts';
import { readDamage } from '../quarantine.ts';
import type { Damage, TimeRange } from '../reader.ts';
import { LEVELS, type Level } from '../rollup/cubes.ts';
import { hasAllRecords, madeAgain } from '../rollup/damaged-rollups.ts';
import { levelOfFile } from '../rollup/rollup-paths.ts';
import { MISSING, Verification } from '../verification.ts';
import { checkStrays, damagedRollup, damagedSegment } from './check-files.ts';
import { checkJournals } from './check-journals.ts';
import { checkLedger } from './check-ledger.ts';
import { checkLists } from './check-lists.ts';
import { LevelComparison, type LevelSums } from './compare-levels.ts';
import { type Checked, type Finding, timeText } from './finding.ts';
import { NOTHING, plus, rollupSums, type Sums, segmentSums } from './sums.ts';

export interface Look {
  /** Null where the manifest cannot be read: then nothing was compared with it. */
  readonly state: ManifestState | null;
  readonly findings: readonly Finding[];
  readonly checked: Checked;
}

/** Who waits for it. */
export interface Watch {
  readonly memoryBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** The share that is done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Opens and reads every file of a store that nobody writes to, and compares what must be equal. Changes nothing. */
export async function lookAt(layout: Layout, watch: Watch): Promise<Look> {
  readVersion(layout.version);
  const checked: Checked = { segments: 0, rollups: 0, journals: 0, ledger: 0, lists: 0 };
  const lists = checkLists(layout, checked);
  let state: ManifestState;
  try {
    if (!existsSync(layout.manifest)) return { state: null, findings: [missingManifest(), ...lists], checked };
    state = readManifest(layout.manifest);
  } catch (error) {
    return { state: null, findings: [lostManifest(asWeirError(error).message), ...lists], checked };
  }
  const spill = mkdtempSync(join(tmpdir(), 'weir-check-'));
  const duck = await Duck.start({
    threads: 2,
    memoryBytes: watch.memoryBytes,
    tempDirectory: spill,
    spillBytes: 4 * watch.memoryBytes,
    directories: [layout.root],
    cacheFiles: false,
  });
  try {
    const known = readDamage(layout);
    const findings = [
      ...lists,
      ...checkJournals(layout, state, checked),
      ...checkLedger(layout, state, known, checked),
      ...(await checkStrays(layout, duck, state)),
      ...(await new FilesLook(layout, duck, state, known, watch).findings(checked)),
      ...state.remakeHours.map(waitingHour),
    ];
    return { state, findings, checked };
  } finally {
    duck.close();
    rmSync(spill, { recursive: true, force: true });
  }
}

function missingManifest(): Finding {
  const will = 'it was made again from the segments';
  return { what: 'manifest.json', problem: MISSING, fix: { kind: 'open' }, will, lost: null };
}

function lostManifest(message: string): Finding {
  const problem = `cannot be read: ${message}`;
  const will = 'it was put into quarantine/ and made again from the segments';
  return { what: 'manifest.json', problem, fix: { kind: 'open' }, will, lost: null };
}

function waitingHour(hour: number): Finding {
  const what = `history of 1 min, ${timeText(hour)}`;
  const problem = 'it waits to be made again';
  return { what, problem, fix: { kind: 'open' }, will: 'it was made again from records', lost: null };
}

/** The files of rows: each against the manifest, then all of them against each other. */
class FilesLook {
  private readonly layout: Layout;
  private readonly duck: Duck;
  private readonly state: ManifestState;
  private readonly watch: Watch;
  /** What is missing, with what was found now. */
  private readonly damage: Damage[];
  private readonly verification = new Verification();
  private readonly records = new Map<number, Sums>();
  private readonly levels = Object.fromEntries(
    LEVELS.map((level) => [level, { total: new Map(), deviating: new Map() }]),
  ) as unknown as Record<Level, LevelSums>;
  private readonly allBytes: number;
  private doneBytes = 0;

  constructor(layout: Layout, duck: Duck, state: ManifestState, known: readonly Damage[], watch: Watch) {
    this.layout = layout;
    this.duck = duck;
    this.state = state;
    this.damage = [...known];
    this.watch = watch;
    this.allBytes = [...state.segments, ...state.rollups].reduce((sum, file) => sum + file.bytes, 0);
  }

  async findings(checked: Checked): Promise<Finding[]> {
    const { state, damage } = this;
    const found: Finding[] = [];
    for (const segment of state.segments) {
      const reason = await this.readSegment(segment);
      checked.segments += 1;
      this.step(segment.bytes);
      if (reason === null) continue;
      found.push(damagedSegment(segment, reason));
      const { rows, minTime, maxTime } = segment;
      damage.push({ file: segmentPath(segment), reason, rows, from: minTime, to: maxTime });
    }
    const lost = [...damage];
    // As they are made again: finer ones first, and coarser ones of what is there then.
    let left = state;
    for (const rollup of [...state.rollups].sort((a, b) => a.level - b.level)) {
      const reason = await this.readRollup(rollup);
      checked.rollups += 1;
      this.step(rollup.bytes);
      if (reason === null) continue;
      const again = madeAgain(left, rollup, lost);
      found.push(damagedRollup(rollup, reason, again));
      left = { ...left, ...again?.work, rollups: left.rollups.filter((r) => r.id !== rollup.id) };
      const file = rollupPath(rollup);
      const of = ({ from, to }: TimeRange): Damage => ({ file, reason, rows: rollup.rows, from, to: to - 1 });
      lost.push(...(again ? again.lost : [rollup]).map(of));
      damage.push(of(rollup));
    }
    const comparison = new LevelComparison({
      state,
      levels: this.levels,
      records: this.records,
      hasAllRecords: (from, to) => hasAllRecords(state, damage, from, to),
      isHole: (level, from, to) =>
        damage.some(
          (d) => levelOfFile(d.file) === level && d.rows !== 0 && (d.from ?? from) < to && (d.to ?? from) >= from,
        ),
    });
    return [...found, ...comparison.findings()];
  }

  private async readSegment(segment: ManifestState['segments'][number]): Promise<string | null> {
    return this.read(segmentPath(segment), segment, async () => {
      const { rows, rolled } = await segmentSums(this.duck, this.layout, segment);
      if (rows !== segment.rows) return `it has ${rows} records, the manifest says ${segment.rows}`;
      for (const [hour, sums] of rolled) this.records.set(hour, plus(this.records.get(hour) ?? NOTHING, sums));
      return null;
    });
  }

  private async readRollup(rollup: ManifestState['rollups'][number]): Promise<string | null> {
    return this.read(rollupPath(rollup), rollup, async () => {
      const { total, deviating } = await rollupSums(this.duck, this.layout, rollup);
      const level = this.levels[rollup.level];
      for (const [at, sums] of total) level.total.set(at, plus(level.total.get(at) ?? NOTHING, sums));
      for (const [at, problem] of deviating) level.deviating.set(at, problem);
      return null;
    });
  }

  /** Why a file cannot be believed: it is not what the manifest says, or its rows cannot be read. */
  private async read(
    file: string,
    entry: { readonly bytes: number; readonly crc: number },
    rows: () => Promise<string | null>,
  ): Promise<string | null> {
    const reason = await this.verification.of(this.layout.root, file, entry);
    if (reason !== null) return reason;
    try {
      return await rows();
    } catch (error) {
      const { code, message } = asWeirError(error);
      // A machine that is short of memory or time says nothing about the file.
      if (code === 'memory' || code === 'timeout') throw error;
      return `its rows cannot be read: ${message}`;
    }
  }

  private step(bytes: number): void {
    if (this.watch.signal?.aborted) throw new WeirError('cancelled', 'the check was cancelled');
    this.doneBytes += bytes;
    this.watch.onProgress?.(this.allBytes > 0 ? this.doneBytes / this.allBytes : 1);
  }
}
