import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dimensionTable, metricTable, REPORTS } from './index.ts';

const PAGE = new URL('../../docs/reference/query.md', import.meta.url);

const table = (head: readonly string[], rows: readonly (readonly string[])[]) => {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
};

const TABLES = {
  dimensions: table(
    ['dimension', 'type', 'meaning'],
    dimensionTable().map((d) => [`\`${d.name}\``, d.type, d.meaning]),
  ),
  metrics: table(
    ['metric', 'unit', 'adds up', 'meaning'],
    metricTable().map((m) => [`\`${m.name}\``, m.unit ?? '', m.additive ? 'yes' : 'no', m.meaning]),
  ),
  reports: table(
    ['report', 'is about'],
    REPORTS.map((r) => [`\`${r.name}\``, r.meaning]),
  ),
};

/** WEIR_WRITE_DOCS=1 writes the tables instead of comparing them. */
it('the page on queries has the tables of metrics, dimensions and reports as they are', () => {
  const page = readFileSync(PAGE, 'utf8');
  const fresh = Object.entries(TABLES).reduce(
    (text, [name, rows]) =>
      text.replace(new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`), (_, open, end) => `${open}${rows}\n${end}`),
    page,
  );
  if (process.env.WEIR_WRITE_DOCS) writeFileSync(PAGE, fresh);
  else expect(page).toBe(fresh);
});
