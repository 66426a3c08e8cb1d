import type { StoreReader } from '../../store/index.ts';
import type { QueryOptions } from '../run.ts';
import { unknownWord } from '../words.ts';
import { as } from './as.ts';
import { cost } from './cost.ts';
import { exporters } from './exporters.ts';
import { interfaces } from './interfaces.ts';
import { apps, processes, users } from './local-ends.ts';
import { opaque } from './opaque.ts';
import { pairs } from './pairs.ts';
import { ports } from './ports.ts';
import { protocols } from './protocols.ts';
import type { Report, ReportAnswer, ReportInput } from './report.ts';
import { servers } from './servers.ts';
import { sites } from './sites.ts';
import { summary } from './summary.ts';
import { talkers } from './talkers.ts';

/** The ready-made reports, in the order in which they are listed. */
export const REPORTS: readonly Report[] = [
  summary,
  protocols,
  ports,
  talkers,
  pairs,
  sites,
  as,
  exporters,
  interfaces,
  opaque,
  cost,
  servers,
  processes,
  apps,
  users,
];

export async function runReport(
  store: StoreReader,
  name: string,
  input: ReportInput,
  options: QueryOptions,
): Promise<ReportAnswer> {
  const report = REPORTS.find((r) => r.name === name);
  if (!report)
    throw unknownWord(
      'report',
      name,
      REPORTS.map((r) => r.name),
      `there are ${REPORTS.map((r) => r.name).join(', ')}`,
    );
  return report.run(store, input, options);
}
