import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Duck } from './duck.ts';
import { separateFar } from './far-rows.ts';
import type { HotBatches, Writable } from './hot-batches.ts';
import type { JournalFolder } from './journal-folder.ts';
import type { Layout } from './layout.ts';
import type { LedgerFiles } from './ledger-files.ts';
import type { ManifestState, SegmentEntry } from './manifest.ts';
import type { ManifestFile } from './manifest-file.ts';
import { segmentPath } from './paths.ts';
import type { HistoryWriter } from './rollup/history-writer.ts';
import { writeSegment } from './segment-writer.ts';
import type { StoredFiles } from './stored-files.ts';

/** What a commit of rows changes. */
interface CommitHost {
  readonly duck: Duck;
  readonly layout: Layout;
  readonly manifest: ManifestFile;
  readonly hot: HotBatches;
  readonly journals: JournalFolder;
  readonly ledgerFiles: LedgerFiles;
  readonly files: StoredFiles;
  readonly history: HistoryWriter;
}

/** Writes batches as segments, their counts to the ledger, and one commit that names both and how far the journal is in them. When it throws nothing has changed. */
export async function commitSegments(host: CommitHost, writable: Writable): Promise<void> {
  const { duck, layout, manifest, hot, ledgerFiles, history } = host;
  const journals = journalsAfter(host, writable);
  const groups = separateFar(writable.groups);
  let id = manifest.state.nextSegment;
  const fresh: SegmentEntry[] = [];
  let ledgers: ManifestState['ledgers'];
  try {
    for (const rows of groups) fresh.push(await writeSegment(duck, layout, id++, rows, writable.journals));
    ledgers = ledgerFiles.append(writable.ledger);
    const { state } = manifest;
    manifest.commit({ ...state, nextSegment: id, segments: [...state.segments, ...fresh], journals, ledgers });
  } catch (error) {
    for (const { file } of manifest.unnamed(fresh)) rmSync(join(layout.segments, file), { force: true });
    throw error;
  }
  // Committed: nothing that goes wrong from here on may touch the new segments.
  ledgerFiles.commit(ledgers, manifest.durable);
  host.files.verified(fresh.map(segmentPath));
  // Views read the segments from now on; the batches are kept until history has their rows.
  hot.hold(writable.keys);
  hot.written(writable.keys);
  for (const file of Object.keys(journals)) if (journals[file]!.done) host.journals.closed.delete(file);
  // Not written at once: a file that is gone needs no position, and the next commit leaves it out.
  if (manifest.durable) manifest.amend(host.journals.forget(manifest.state));
  try {
    await history.add(groups.flatMap(({ batches, far }, i) => (far ? [] : [{ segment: fresh[i]!, parts: batches }])));
  } finally {
    hot.unlease(writable.keys);
  }
}

/** How far journal files are in segments after it. */
function journalsAfter({ manifest, hot, journals }: CommitHost, writable: Writable): ManifestState['journals'] {
  const after = { ...manifest.state.journals };
  for (const [file, position] of Object.entries(writable.journals)) after[file] = position;
  for (const file of journals.closed)
    if (!hot.refersTo(file, writable.keys)) after[file] = { ...(after[file] ?? { offset: 0, skip: 0 }), done: true };
  return after;
}
