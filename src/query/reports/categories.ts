import type { MetricValues } from '../answer.ts';
import {
  CROSSING_COLUMNS,
  type CrossingLine,
  crossingCells,
  GUESSED_COLUMN,
  guessedPercent,
  rankCrossing,
} from './crossing.ts';
import { column, parseReportInput, type Report } from './report.ts';
import { schemeCategories } from './scheme-categories.ts';

interface CategoryLine extends Omit<CrossingLine, 'key' | 'bytes_by_part'> {
  /** Null: not known. */
  readonly category: MetricValues[string];
  /** Percent of its bytes whose application rests on the port of the server alone; null in another scheme than the stored one. */
  readonly guessed: number | null;
}

export const categories: Report<{ readonly total: MetricValues; readonly categories: readonly CategoryLine[] }> = {
  name: 'categories',
  title: 'Categories',
  meaning:
    'categories of applications and services with the most bytes: in, out, and how much rests on port numbers alone',
  texts: { category: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const crossing =
      query.scheme === undefined
        ? await rankCrossing(store, query, ['category'], options, 'application_evidence')
        : await schemeCategories(store, query, query.scheme, options);
    const { total, plan } = crossing.answer;
    const lines = crossing.lines.map(
      ({ key, bytes_by_part, ...line }): CategoryLine => ({
        category: key.category ?? null,
        ...line,
        guessed: query.scheme === undefined ? guessedPercent(bytes_by_part, line.figures.bytes ?? 0) : null,
      }),
    );
    return {
      report: categories.name,
      title: categories.title,
      data: { total, categories: lines },
      tables: [
        {
          title: 'Categories with the most bytes',
          columns: [column('category', 'category', 'text'), ...CROSSING_COLUMNS, GUESSED_COLUMN],
          rows: crossing.lines.map((line, i) => [line.key.category ?? null, ...crossingCells(line), lines[i]!.guessed]),
        },
      ],
      quality: crossing.answer.quality,
      plan: { ...plan, ms: crossing.ms },
    };
  },
};
