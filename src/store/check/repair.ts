import { join } from 'node:path';
import { type Clock, createLog } from '../../base/index.ts';
import { replaceFile } from '../files.ts';
import type { Layout } from '../layout.ts';
import { LocalStore } from '../local-store.ts';
import { type ManifestState, writeManifest } from '../manifest.ts';
import { noteDamage, quarantine } from '../quarantine.ts';
import type { Finding } from './finding.ts';

const SEGMENT_ROWS = 1_000_000;

export interface RepairOptions {
  readonly clock: Clock;
  readonly memoryBytes: number;
}

/**
 * Puts right what was found, by what a node does itself when it finds it; the caller holds the lock. Each change is one that a crash may follow: the next
 * check goes on from there. Returns why something could not be done; null when nothing failed.
 */
export async function repair(
  layout: Layout,
  state: ManifestState | null,
  findings: readonly Finding[],
  { clock, memoryBytes }: RepairOptions,
): Promise<string | null> {
  for (const finding of findings) putAside(layout, finding);
  const marked = state && withWork(state, findings);
  if (marked && marked !== state) writeManifest(layout.manifest, marked);
  const store = await LocalStore.open(
    {
      ...{ root: layout.root, clock, writerMemoryBytes: memoryBytes },
      // What was done is told by the report.
      log: createLog({ style: 'pretty', level: 'silent' }),
      retention: { ageMs: null, bytes: null },
      segmentRows: SEGMENT_ROWS,
      segmentAgeMs: 0,
    },
    { release: () => {} },
  );
  try {
    // Segments come first: what was added up of a lost one is not made again without it.
    for (const { what, problem, fix } of findings) if (fix.kind === 'damaged') await store.damaged(what, problem);
    await store.makeHistory();
    return store.status().failure;
  } finally {
    await store.close();
  }
}

/** Small files, which nothing names by a checksum. */
function putAside(layout: Layout, { what, problem, fix }: Finding): void {
  const path = join(layout.root, what);
  if (fix.kind === 'note') noteDamage(layout, what.replaceAll('/', '-'), fix.damage);
  if (fix.kind !== 'aside') return;
  const damage = { file: what, reason: problem, rows: 0, from: null, to: null };
  quarantine(layout, path, damage, fix.left !== null);
  if (fix.left !== null) replaceFile(path, fix.left);
}

/** The manifest with the work that history has to do. */
function withWork(state: ManifestState, findings: readonly Finding[]): ManifestState {
  const times = {
    remake: new Set(state.remakeHours),
    settle: new Set(state.dirtyHours),
    day: new Set(state.dirtyDays),
  };
  let isMore = false;
  for (const { fix } of findings) {
    if (fix.kind === 'remake') times.remake.add(fix.hour);
    else if (fix.kind === 'settle') times.settle.add(fix.hour);
    else if (fix.kind === 'settle-day') times.day.add(fix.day);
    else continue;
    isMore = true;
  }
  const sorted = (set: ReadonlySet<number>) => [...set].sort((a, b) => a - b);
  if (!isMore) return state;
  return {
    ...state,
    remakeHours: sorted(times.remake),
    dirtyHours: sorted(times.settle),
    dirtyDays: sorted(times.day),
  };
}
