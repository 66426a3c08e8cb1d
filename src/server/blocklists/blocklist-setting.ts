import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { BLOCKLIST_FORMATS, type BlocklistFormat } from '../../label/index.ts';
import { entry, refuseTwice } from '../list-entries.ts';
import { duration, scalar, text, word } from '../setting-schemas.ts';

/** A list of addresses that configuration names. */
export interface BlocklistSource {
  /** The value of the column `blocklist`. */
  readonly name: string;
  /** One of the two is not null. */
  readonly file: string | null;
  readonly url: string | null;
  /** Null: found out. */
  readonly format: BlocklistFormat | null;
  readonly refreshMs: number;
}

const MOST_LISTS = 200;
/** Most publishers ask for no more than one request an hour, and change their lists less often. */
const REFRESH_MS = 6 * 3_600_000;
const LEAST_REFRESH_MS = 300_000;

const listFields = entry(
  {
    // Names are joined by + where an address is on several lists, and are names of files.
    name: scalar('a name of letters, digits, dot, dash and underscore, at most 63', (t) =>
      /^[a-z0-9][a-z0-9_.-]{0,62}$/i.test(t) ? t : null,
    ),
    file: text('a file with addresses').optional(),
    url: scalar('a URL such as https://example.org/list.txt without user and password', readUrl).optional(),
    format: word(...BLOCKLIST_FORMATS).optional(),
    refresh: duration('6h', LEAST_REFRESH_MS).optional(),
  },
  'name: drop, url: https://www.spamhaus.org/drop/drop.txt',
);
const listEntry = listFields.superRefine((e, ctx) => {
  const issue = (message: string) => ctx.addIssue({ code: 'custom', message });
  if ((e.file === undefined) === (e.url === undefined)) issue('expected one of file and url');
  else if (e.file !== undefined && e.refresh !== undefined)
    issue('refresh says nothing of a file: a change is seen within a minute');
});

const nameIn = (e: unknown): string | undefined => {
  const name = (e as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : undefined;
};

export const blocklistSetting: z.ZodType<readonly BlocklistSource[]> = z
  .array(listEntry, { error: () => 'expected a list such as `- {name: drop, url: https://example.org/drop.txt}`' })
  .superRefine(
    (entries, ctx) => {
      if (entries.length > MOST_LISTS)
        ctx.addIssue({ code: 'custom', message: `expected at most ${MOST_LISTS} lists; there are ${entries.length}` });
      refuseTwice(entries, (e) => nameIn(e)?.toLowerCase(), 'name', ctx);
    },
    // Told together with what is wrong in an entry, in which then something is not there.
    { when: ({ value }) => Array.isArray(value) },
  )
  .transform((entries) =>
    entries.map(({ name, file, url, format, refresh }) => ({
      name,
      file: file === undefined || isAbsolute(file) ? (file ?? null) : resolve(file),
      url: url ?? null,
      format: format ?? null,
      refreshMs: refresh ?? REFRESH_MS,
    })),
  );

function readUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  url.hash = '';
  return url.href;
}
