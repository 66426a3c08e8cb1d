import { existsSync, readFileSync, renameSync } from 'node:fs';
import { asWeirError, type Log, systemClock, WeirError } from '../../base/index.ts';
import { replaceFile } from '../../store/index.ts';
import { MOST_BYTES, type ViewsFile, viewsFileSchema } from './view-schema.ts';

const EMPTY: ViewsFile = { format: 1, views: [], dashboards: [], publications: [] };

/** What was saved. A file that cannot be read is moved aside and named in the log: the node works without it, and nothing overwrites it. */
export function readViews(path: string, log: Log): ViewsFile {
  if (!existsSync(path)) return EMPTY;
  try {
    return viewsFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const aside = `${path}.damaged-${systemClock.now()}`;
    renameSync(path, aside);
    log.error(
      { err: asWeirError(error), file: aside },
      'the saved views cannot be read: the file was moved aside; mend it and move it back, or save them anew',
    );
    return EMPTY;
  }
}

/** Keys are in it: nobody else may read it. WeirError `usage` where it would be too large. */
export function writeViews(path: string, content: ViewsFile): void {
  const text = `${JSON.stringify(content)}\n`;
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new WeirError('usage', `saved views may take ${MOST_BYTES / 1e6} MB in all: delete some, or shorten filters`);
  replaceFile(path, text, 0o600);
}
