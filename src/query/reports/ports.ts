import type { MetricValues } from '../answer.ts';
import { rank, rankingLines, rankingTable } from './ranking.ts';
import { parseReportInput, type Report } from './report.ts';

export const ports: Report<{ readonly total: MetricValues; readonly ports: readonly MetricValues[] }> = {
  name: 'ports',
  title: 'Service ports',
  meaning: 'ports of servers with the most bytes, by protocol, with their peaks',
  async run(store, input, options) {
    const answer = await rank(store, parseReportInput(input), ['protocol', 'service_port'], options);
    return {
      report: ports.name,
      title: ports.title,
      data: { total: answer.total, ports: rankingLines(answer) },
      tables: [rankingTable('Service ports with the most bytes', answer)],
      quality: answer.quality,
      plan: answer.plan,
    };
  },
};
