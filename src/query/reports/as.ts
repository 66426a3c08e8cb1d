import type { MetricValues, QueryAnswer } from '../answer.ts';
import { rank, rankingLines, rankingTable } from './ranking.ts';
import { parseReportInput, type Report } from './report.ts';

/** Each ranking by its dimensions. Adjacent systems are those that the exporters name as peers: the neighbours that traffic came from and went to. */
const RANKINGS = [
  { name: 'sources', title: 'AS that sent the most bytes', by: ['src_as'] },
  { name: 'destinations', title: 'AS that were sent the most bytes', by: ['dst_as'] },
  { name: 'pairs', title: 'Pairs of AS with the most bytes', by: ['src_as', 'dst_as'] },
  { name: 'adjacent_sources', title: 'Adjacent AS that the most bytes came from', by: ['src_peer_as'] },
  { name: 'adjacent_destinations', title: 'Adjacent AS that the most bytes went to', by: ['dst_peer_as'] },
] as const;

type Rankings = Readonly<Record<string, readonly MetricValues[]>>;

export const as: Report<{ readonly total: MetricValues; readonly rankings: Rankings }> = {
  name: 'as',
  title: 'Autonomous systems',
  meaning: 'autonomous systems with the most bytes: of source and destination, of pairs, and the adjacent ones',
  async run(store, input, options) {
    const query = parseReportInput(input);
    const answers: QueryAnswer[] = [];
    for (const { by } of RANKINGS) answers.push(await rank(store, query, by, options));
    const { total, quality, plan } = answers[0]!;
    const rankings: Rankings = Object.fromEntries(RANKINGS.map(({ name }, i) => [name, rankingLines(answers[i]!)]));
    return {
      report: as.name,
      title: as.title,
      data: { total, rankings },
      tables: RANKINGS.map(({ title }, i) => rankingTable(title, answers[i]!)),
      quality,
      plan: { ...plan, ms: answers.reduce((ms, a) => ms + a.plan.ms, 0) },
    };
  },
};
