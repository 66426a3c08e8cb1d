import type { JsonValue } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import {
  CROSSING_COLUMNS,
  type Crossing,
  type CrossingLine,
  crossingCells,
  GUESSED_COLUMN,
  guessedPercent,
  rankCrossing,
} from './crossing.ts';
import { column, parseReportInput, percentOf, type Report, type ReportTable } from './report.ts';

/** An application or a service; null is what has no name. */
interface NameLine {
  readonly name: JsonValue;
  readonly figures: MetricValues;
  /** Percent of the bytes of all. */
  readonly share: number | null;
  readonly bytes_by_direction: MetricValues;
}

interface ApplicationLine extends NameLine {
  /** Bytes by how the name is known. */
  readonly bytes_by_evidence: MetricValues;
  /** Percent of its bytes whose name rests on the port of the server alone. */
  readonly guessed: number | null;
}

interface EvidenceLine {
  readonly application_evidence: string;
  readonly bytes: JsonValue;
  readonly share: number | null;
}

interface ApplicationsData {
  readonly total: MetricValues;
  /** Of all bytes, percent: named by the port of the server alone, and without a name. */
  readonly guessed: number | null;
  readonly unnamed: number | null;
  readonly evidence: readonly EvidenceLine[];
  readonly applications: readonly ApplicationLine[];
  readonly services: readonly NameLine[];
}

export const applications: Report<ApplicationsData> = {
  name: 'applications',
  title: 'Applications',
  meaning: 'applications and services with the most bytes: in, out, and how much of each rests on port numbers alone',
  texts: { application: 'words', service: 'words', application_evidence: 'words', name: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const spoken = await rankCrossing(store, query, ['application'], options, 'application_evidence');
    const used = await rankCrossing(store, query, ['service'], options);
    const { total } = spoken.answer;
    const applied = spoken.lines.map((line): ApplicationLine => {
      return {
        ...nameLine(line, 'application'),
        bytes_by_evidence: line.bytes_by_part,
        guessed: guessedPercent(line.bytes_by_part, line.figures.bytes ?? 0),
      };
    });
    const data: ApplicationsData = {
      total,
      guessed: guessedPercent(spoken.bytes_by_part, total.bytes ?? 0),
      unnamed: percentOf(spoken.bytes_by_part.unknown ?? 0, total.bytes ?? 0, 1),
      evidence: evidenceLines(spoken),
      applications: applied,
      services: used.lines.map((line) => nameLine(line, 'service')),
    };
    return {
      report: applications.name,
      title: applications.title,
      data,
      tables: tablesOf(data, spoken, used),
      quality: spoken.answer.quality,
      plan: { ...spoken.answer.plan, ms: spoken.ms + used.ms },
    };
  },
};

function nameLine({ key, figures, share, bytes_by_direction }: CrossingLine, by: string): NameLine {
  return { name: key[by] ?? null, figures, share, bytes_by_direction };
}

function evidenceLines({ answer, bytes_by_part: parts }: Crossing): EvidenceLine[] {
  return Object.entries(parts)
    .map(([application_evidence, bytes]) => {
      return { application_evidence, bytes, share: percentOf(bytes, answer.total.bytes ?? 0, 2) };
    })
    .sort((a, b) => Number(b.bytes) - Number(a.bytes));
}

function tablesOf(data: ApplicationsData, spoken: Crossing, used: Crossing): ReportTable[] {
  return [
    {
      title: 'Applications with the most bytes',
      columns: [column('application', 'application', 'text'), ...CROSSING_COLUMNS, GUESSED_COLUMN],
      rows: spoken.lines.map((line, i) => [
        line.key.application ?? null,
        ...crossingCells(line),
        data.applications[i]!.guessed,
      ]),
    },
    {
      title: 'How applications are known',
      columns: [
        column('application_evidence', 'evidence', 'text'),
        column('bytes', 'bytes', 'integer', 'bytes'),
        column('share', 'share %', 'number', '%', 2),
      ],
      rows: data.evidence.map((line) => [line.application_evidence, line.bytes, line.share]),
    },
    {
      title: 'Services with the most bytes',
      columns: [column('service', 'service', 'text'), ...CROSSING_COLUMNS],
      rows: used.lines.map((line) => [line.key.service ?? null, ...crossingCells(line)]),
    },
  ];
}
