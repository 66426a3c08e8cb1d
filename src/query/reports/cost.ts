import { WeirError } from '../../base/index.ts';
import { countGroups, NOTHING } from '../groups.ts';
import { allowedMs, refuseCostly } from '../plan/describe.ts';
import type { Scope } from '../scope.ts';
import { sql } from '../sql.ts';
import { PACKETS, RECORDS } from '../sums.ts';
import { bucketsOf, secondsOf, type Window, windowOf } from '../window.ts';
import { CELL, type CostRange } from './cost-cells.ts';
import { type CostData, costData } from './cost-figures.ts';
import { costStatement, LATEST_SECOND } from './cost-statement.ts';
import { costTables } from './cost-tables.ts';
import { countReport, parseReportInput, type Report } from './report.ts';

/** What it would take an end system to meter and store its own flows: the figures of Cooke and others, USENIX 2006, section 3 (v), of the traffic that is stored here. */
export const cost: Report<CostData> = {
  name: 'cost',
  title: 'Cost of metering at end systems',
  meaning: 'what metering their own flows would cost the worst and the mean end system in records, disk and memory',
  texts: { record: 'words', flow: 'words', what: 'words', unit: 'words', end_systems_are: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const window = windowOf(query, options.now);
    const sums = [RECORDS, PACKETS];
    const { counted, quality, plan } = await countReport(store, query, options, sums, async (scope, totals) => {
      const range = await rangeOf(scope, window, allowedMs(query.max_cost, options.askAboveMs));
      const answer = range ? await scope.run(costStatement(scope, range)) : { names: [], rows: [] };
      const { directed, bytesAtRest, rowsAtRest } = scope.view.facts;
      const storedBytes = rowsAtRest === 0 ? null : bytesAtRest / rowsAtRest;
      return costData(answer, totals.sums, { range, measured: measuredShare(scope), directed, storedBytes });
    });
    return { report: cost.name, title: cost.title, data: counted, tables: costTables(counted), quality, plan };
  },
};

/** The range asked for; where an end of it is open, that of the packets. Null where there are none. */
async function rangeOf(
  { run, source, shape, plan }: Scope,
  window: Window,
  limitMs: number,
): Promise<CostRange | null> {
  const started = sql`("time" - greatest("end" - "start", 0))`;
  const begun = window.from === null ? started : sql`greatest(${started}, ${window.from})`;
  const cells = sql`sum(greatest("time" - ${begun}, 0) // ${CELL * 1000} + 1)`;
  const extras = [sql`min(${started})`, sql`max("time")`, cells];
  const [all] = await countGroups(run, source, [], { ...NOTHING, extras }, shape);
  const [start = null, end = null, most = null] = all?.extras ?? [];
  if (start === null || end === null) return null;
  // A few records that claim to last for months would be spread over more seconds than memory and time can hold.
  if (Number(most) > MOST_CELLS)
    throw new WeirError(
      'costly',
      `the flows of this range last ${Math.round(Number(most) / 1e6)} million times ${CELL} s together, and at most ${MOST_CELLS / 1e6} million can be looked at: ask for a shorter range, or for fewer flows, as in 'duration < 3600000'`,
    );
  refuseCostly({ estimateMs: STATEMENT_MS + (Number(most) * CELL_NS) / 1e6, rows: plan.rows }, limitMs);
  const from = window.from ?? Number(start);
  const to = window.to ?? Number(end) + 1;
  const [first, last] = [Math.floor(from / 1000), Math.ceil(to / 1000) - 1];
  if (last > LATEST_SECOND)
    throw new WeirError(
      'usage',
      `flows end at ${to} ms since 1970, after the year 2100: ask for a range that ends earlier`,
    );
  return { first, last, bucket: bucketOf(from, to) };
}

/** What records may be spread over: 3 million records of 20 minutes each. */
const MOST_CELLS = 100_000_000;
/** What a record takes in each cell that it touches: 3 microseconds of a processor were measured with 600,000 of them, on two at once. */
const CELL_NS = 1_500;
/** What the statement takes before its first row. */
const STATEMENT_MS = 100;
const HOUR = 3_600;
const MOST_BUCKETS = 1_000;

/** Seconds of a bucket of the series. */
function bucketOf(from: number, to: number): number {
  const usual = Math.max(CELL, bucketsOf({ from, to }).every / 1000);
  const hours = Math.ceil((to - from) / 1000 / HOUR / MOST_BUCKETS);
  return hours > 1 ? hours * HOUR : usual;
}

/** NaN where too little was measured for a rate. */
function measuredShare({ extent }: Scope): number {
  return extent ? (1000 * secondsOf(extent).traffic) / (extent.to - extent.from) : Number.NaN;
}
