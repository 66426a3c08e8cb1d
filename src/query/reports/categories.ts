import type { MetricValues } from '../answer.ts';
import { CROSSING_COLUMNS, type CrossingLine, crossingCells, rankCrossing } from './crossing.ts';
import { column, parseReportInput, type Report } from './report.ts';
import { schemeCategories } from './scheme-categories.ts';

interface CategoryLine extends Omit<CrossingLine, 'key' | 'bytes_by_part'> {
  /** Null: not known. */
  readonly category: MetricValues[string];
}

export const categories: Report<{ readonly total: MetricValues; readonly categories: readonly CategoryLine[] }> = {
  name: 'categories',
  title: 'Categories',
  meaning: 'categories of applications and services with the most bytes, in and out',
  texts: { category: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const crossing =
      query.scheme === undefined
        ? await rankCrossing(store, query, ['category'], options)
        : await schemeCategories(store, query, query.scheme, options);
    const { total, plan } = crossing.answer;
    return {
      report: categories.name,
      title: categories.title,
      data: {
        total,
        categories: crossing.lines.map(({ key, bytes_by_part: _, ...line }) => ({
          category: key.category ?? null,
          ...line,
        })),
      },
      tables: [
        {
          title: 'Categories with the most bytes',
          columns: [column('category', 'category', 'text'), ...CROSSING_COLUMNS],
          rows: crossing.lines.map((line) => [line.key.category ?? null, ...crossingCells(line)]),
        },
      ],
      quality: crossing.answer.quality,
      plan: { ...plan, ms: crossing.ms },
    };
  },
};
