import { asWeirError, type Log } from '../base/index.ts';
import { JournalReader, type LocalStore, type UnfinishedJournal } from '../store/index.ts';
import type { JournalState } from './pipeline-options.ts';
import { type ReplayOptions, replayJournal } from './replay.ts';
import { StreamStates } from './stream-states.ts';

export interface Recovered {
  readonly rows: number;
  /** As ReplayOptions has it: for files that are postponed. */
  readonly lastOfCaptures: ReadonlySet<string>;
  /** Files that must be read later; what was received from `sinceMs` on may be missing until then. */
  readonly postponed: readonly { readonly file: string; readonly sinceMs: number }[];
  /** Where the export streams stood. */
  readonly states: StreamStates;
}

const OPEN_LOST =
  'the packets of flows that were open when the node was killed are lost: answers count them as not metered, in the minutes that they came in';

/**
 * Brings what a crash left in the journal into the store. Neither a file that cannot be read nor a full disk keeps the node from starting: the
 * one is named in answers and put aside, the other leaves files for later.
 * `open` is a file that is still written to: it is left alone, and none of the others is the last of its run.
 */
export async function recoverJournals(
  store: LocalStore,
  options: ReplayOptions,
  log: Log,
  open: string | null = null,
): Promise<Recovered> {
  let rows = 0;
  let refused = false;
  const postponed: { file: string; sinceMs: number }[] = [];
  const states = new StreamStates(store.layout.streams, log);
  const journals = store.unfinishedJournals().filter(({ name }) => name !== open);
  const lastOfCaptures = open === null ? lastFiles(journals) : new Set<string>();
  for (const { name, path } of journals) {
    try {
      if (!refused) {
        const done = await replayJournal(store, name, { ...options, lastOfCaptures });
        rows += done.rows;
        states.add(done.state);
        refused = done.unfinished;
        if (done.rows > 0) log.info({ file: name, rows: done.rows }, 'recovered flow records from the journal');
        if (done.openPackets > 0) log.warn({ packets: done.openPackets }, OPEN_LOST);
      }
      if (refused) postponed.push({ file: name, sinceMs: beganMs(path) });
    } catch (error) {
      log.error({ err: error, file: name }, 'cannot decode a journal file');
      if (!putAside(store, name, error, log)) postponed.push({ file: name, sinceMs: beganMs(path) });
    }
  }
  if (refused)
    log.error(
      { files: postponed.length },
      'the disk takes no more: the rest of the journal is read when it does again',
    );
  // The files that tell it are deleted once they are read.
  if (journals.length > 0) states.write();
  return { rows, lastOfCaptures, postponed, states };
}

/** In quarantine/ it is kept and named: reading it again at each start would name it again each time. */
function putAside(store: LocalStore, name: string, error: unknown, log: Log): boolean {
  try {
    store.journalDamaged(name, `cannot be decoded: ${asWeirError(error).message}`);
    store.journalClosed(name);
    return true;
  } catch (again) {
    log.error({ err: again, file: name }, 'cannot put a journal file aside: it stays, and is tried again later');
    return false;
  }
}

/** The last file of each run that captured. A capture that ends in order leaves none, or one that tells of no open flows. */
function lastFiles(journals: readonly UnfinishedJournal[]): ReadonlySet<string> {
  const last = new Map<number, string>();
  for (const { name, path } of journals) {
    const state = headerOf(path)?.state as JournalState | null | undefined;
    if (state?.metered === true) last.set(state.startedMs ?? 0, name);
  }
  return new Set(last.values());
}

/** When the first datagram of a file can have come; 0 when the file does not tell. */
function beganMs(path: string): number {
  return headerOf(path)?.createdMs ?? 0;
}

function headerOf(path: string): JournalReader['header'] {
  try {
    const reader = new JournalReader(path);
    reader.close();
    return reader.header;
  } catch {
    return null;
  }
}
