import { asWeirError, WeirError } from '../base/index.ts';
import { type ImportSource, NO_FACTS, type SourceContent, type SourceFacts, type SourceList } from '../store/index.ts';
import type { ImportOutcome } from './import.ts';
import type { MeterSettings } from './meter-settings.ts';

/** What is asked of an import, wherever it runs. */
export interface ImportRequest {
  /** Base name of the file. */
  readonly file: string;
  /** Hash of its content, where it is known before it is read. */
  readonly sha256?: string | undefined;
  /** Import what is there already once more. */
  readonly again?: boolean | undefined;
  /** What a capture is read for; absent: what it looks like. */
  readonly as?: SourceContent | undefined;
  /** One packet in N: for exporters that do not say it. */
  readonly sampling?: number | undefined;
  readonly ports?: readonly number[] | undefined;
  /** How traffic is metered. */
  readonly meter?: MeterSettings | undefined;
}

type Work = (name: string, onProgress: (facts: SourceFacts) => void) => Promise<ImportOutcome>;

/** How often the list at rest is told how far a running import is. */
const NOTE_MS = 2_000;

/**
 * One import with its entry in the list: refused where its content is there already, entered before the first row, complete only when all rows
 * are in segments. Throws what made it fail; what was read until then stays and is marked.
 */
export async function runImport(
  list: SourceList,
  request: ImportRequest,
  work: Work,
  now: () => number,
): Promise<ImportSource> {
  const { file, sha256, again } = request;
  const before = sha256 && !again ? list.sameContent(sha256) : undefined;
  if (before) throw new WeirError('usage', alreadyThere(before), { details: { source: before.name } });
  const { name } = list.begin(file, sha256 ?? null, now());
  let notedMs = now();
  const note = (facts: SourceFacts) => {
    if (now() - notedMs < NOTE_MS) return;
    notedMs = now();
    try {
      list.update(name, withHash(facts, sha256));
    } catch {
      // A full disk is told where rows are written; the note at the end is the one that counts.
    }
  };
  const { facts, error } = await work(name, note).catch(
    (raised: unknown): ImportOutcome => ({ facts: NO_FACTS, error: asWeirError(raised) }),
  );
  const changed = error === null && sha256 !== undefined && facts.sha256 !== sha256;
  const failure = changed ? new WeirError('usage', 'is not what was announced: its content changed on the way') : error;
  const source = list.update(name, {
    ...withHash(facts, sha256),
    state: failure === null ? 'complete' : facts.rows > 0 ? 'interrupted' : 'failed',
    ended_at: now(),
    problem: failure ? failure.message : again ? null : twin(list, name, facts),
  });
  if (failure) throw new WeirError(failure.code, complaint(source, failure.message), { cause: failure });
  return source;
}

/** What came without its hash is known only when it is in. */
function twin(list: SourceList, name: string, { sha256 }: SourceFacts): string | null {
  const other = sha256 === null ? undefined : list.sameContent(sha256, name);
  return other ? `the same content was there already as "${other.name}": its flows count twice` : null;
}

/** Of an import that did not come to its end the announced hash tells what it was. */
function withHash(facts: SourceFacts, sha256: string | undefined): SourceFacts {
  return facts.sha256 === null && sha256 ? { ...facts, sha256 } : facts;
}

function complaint({ file, name, rows }: ImportSource, message: string): string {
  if (rows === 0) return `${file}: ${message}`;
  return `${file}: ${message}; ${rows} rows of what was read are in the store, as source "${name}", marked as interrupted`;
}

function alreadyThere({ file, name, imported_at, state, rows }: ImportSource): string {
  const when = new Date(imported_at).toISOString().slice(0, 16).replace('T', ' ');
  const how = state === 'complete' ? '' : `, ${state} after at least ${rows} rows`;
  return `${file}: the same content was imported as "${name}" on ${when} UTC${how}: --again imports it once more, and its flows then count twice`;
}
