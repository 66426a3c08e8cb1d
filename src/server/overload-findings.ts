import { OVERLOAD_STEPS, type Overload, type StoreThreadStatus } from '../ingest/index.ts';
import { type Finding, warn } from './finding.ts';

/** Answers further behind than this are not what an operator takes them for. */
const LAG_WARN_MS = 5_000;
/** A receive thread that has not come round for so long is kept from it. */
const SILENT_MS = 1_000;
/** A clock that was set by so long ago explains nothing any more. */
const CLOCK_MS = 60_000;
/** An fdatasync as slow as this is a disk that cannot keep up. */
const SYNC_SLOW_MS = 1_000;
const NEARLY_FULL = 0.9;

/** What is given up because more comes than can be written, and how far answers are behind, with the cause. */
export function overloadFindings(overload: Overload, store: StoreThreadStatus, nowMs: number): Finding[] {
  const findings: Finding[] = [];
  const { step, cause, lagMs } = overload;
  if (step > 0)
    findings.push(
      warn(
        'overload',
        `step ${step} of ${OVERLOAD_STEPS.length - 1}: ${givenUp(overload)} (when it was taken: ${cause}; now answers are ${seconds(lagMs)} s behind)`,
        'fewer flows (sampling at the exporters), more cores, or a faster disk; docs/explanation/overload.md has the steps',
      ),
    );
  if (lagMs > LAG_WARN_MS)
    findings.push(
      warn('lag', `answers are ${Math.round(lagMs / 1_000)} s behind: ${lagCause(overload, store, nowMs)}`),
    );
  return findings;
}

/** With a decimal where it tells something. */
function seconds(ms: number): string {
  return (ms / 1_000).toFixed(ms < 9_950 ? 1 : 0);
}

function givenUp({ step, rate }: Overload): string {
  const given = [
    'questions have one thread and one turn, and exports wait',
    'history keeps no table of single addresses',
  ];
  const shed = `1 in ${rate} flows is kept and stands for ${rate} (bytes and packets are estimates, with their error in each answer)`;
  return [...given.slice(0, step), ...(rate > 1 ? [shed] : [])].join('; ');
}

function lagCause({ pool, silentMs, clockSetMs }: Overload, store: StoreThreadStatus, nowMs: number): string {
  if (store.failure !== null) return `the store cannot write: ${store.failure}`;
  if (clockSetMs !== null && nowMs - clockSetMs < CLOCK_MS) return 'the clock of this machine was set';
  if (silentMs > SILENT_MS && pool < 1)
    return `a receive thread has not come round for ${Math.round(silentMs / 1_000)} s: it gets no CPU, or waits for the disk with the journal`;
  const slow =
    store.journalSync.slowestMs > SYNC_SLOW_MS
      ? `, and the disk is slow (an fdatasync took ${Math.round(store.journalSync.slowestMs)} ms)`
      : '';
  if (store.deferredFiles > 0)
    return `${store.deferredFiles} journal files wait to be decoded, because memory for rows was full when they came${slow}`;
  if (pool >= NEARLY_FULL)
    return `memory for rows is full: the store thread cannot write as fast as flows come, or questions hold it${slow}`;
  return `the store thread is busy with what came before${slow}`;
}
