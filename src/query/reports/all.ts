import { WeirError } from '../../base/index.ts';
import type { StoreReader } from '../../store/index.ts';
import type { QueryOptions } from '../run.ts';
import { unknownWord } from '../words.ts';
import { applications } from './applications.ts';
import { as } from './as.ts';
import { asPairs } from './as-pairs.ts';
import { blocklist } from './blocklist.ts';
import { categories } from './categories.ts';
import { cost } from './cost.ts';
import { countries } from './countries.ts';
import { dataQuality } from './data-quality.ts';
import { exporters } from './exporters.ts';
import { interfaces } from './interfaces.ts';
import { apps, processes, users } from './local-ends.ts';
import { opaque } from './opaque.ts';
import { pairs } from './pairs.ts';
import { peering } from './peering.ts';
import { ports } from './ports.ts';
import { protocols } from './protocols.ts';
import type { Report, ReportAnswer, ReportInput } from './report.ts';
import { roles } from './roles.ts';
import { security } from './security.ts';
import { servers } from './servers.ts';
import { sites } from './sites.ts';
import { summary } from './summary.ts';
import { talkers } from './talkers.ts';

/** The ready-made reports, in the order in which they are listed. */
export const REPORTS: readonly Report[] = [
  summary,
  protocols,
  applications,
  categories,
  ports,
  talkers,
  pairs,
  sites,
  roles,
  as,
  asPairs,
  peering,
  countries,
  blocklist,
  security,
  exporters,
  dataQuality,
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
  if (input.scheme !== undefined && report !== categories)
    throw new WeirError('usage', `scheme is for the report ${categories.name}, not for ${name}`);
  if (report.ofAll && (options.limit ?? null) !== null)
    throw new WeirError(
      'forbidden',
      `the report ${name} is of all traffic, and you see no more than: ${options.limit}`,
    );
  return report.run(store, input, options);
}
