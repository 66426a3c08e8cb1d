import { describe, expect, it } from 'vitest';
import type { History, Level, TimeRange, View, ViewFacts } from '../../store/index.ts';
import { compile } from '../compile.ts';
import type { QueryInput } from '../model.ts';
import { bucketsOf } from '../window.ts';
import { QueryCosts } from './cost.ts';
import { type Plan, planOf } from './plan.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const T = Date.UTC(2026, 10, 1);
const RANGE = { from: T, to: T + 10 * DAY };

interface Kept {
  readonly rows?: number;
  readonly rawFrom?: number;
  readonly exact?: (level: Level) => boolean;
  readonly covered?: (level: Level) => readonly TimeRange[];
}

function planFor(query: QueryInput, kept: Kept = {}, range = RANGE): Plan {
  const history = {
    covered: kept.covered ?? (() => [{ from: 0, to: T + 100 * DAY }]),
    rawFrom: kept.rawFrom ?? 0,
    freshRows: 10,
    // Records spread evenly over the 21 days of the data.
    wholeMinute: (to: number) => to,
    rolledRows: ({ from, to }: TimeRange) => Math.round(((kept.rows ?? 1e9) * (to - from)) / (21 * DAY)),
    cost: (_: unknown, level: Level, { from, to }: TimeRange) => ({
      rows: ((to - from) / level) * 100,
      exact: kept.exact?.(level) ?? true,
    }),
  } as unknown as History;
  const facts = { rowsAtRest: kept.rows ?? 1e9, rowsInMemory: 0, extent: { min: T - DAY, max: T + 20 * DAY } };
  const view = { history, facts: facts as unknown as ViewFacts } as View;
  const compiled = compile(query);
  const buckets = { ...bucketsOf(range, query.every), shift: query.previous ?? 0 };
  return planOf(compiled, view, range, buckets, { costs: new QueryCosts(), statements: 2 });
}

const level = (plan: Plan) => [plan.roll?.cube.name ?? null, ...new Set(plan.tiles.map((t) => t.level))];

describe('the plan of a question', () => {
  it('takes the smallest cube that has its dimensions and what its filter reads', () => {
    expect(level(planFor({ by: ['protocol'] }))).toEqual(['protocol', DAY]);
    expect(level(planFor({ by: ['dst_as'], filter: 'src as 15169' }))).toEqual(['as-pair', DAY]);
    expect(level(planFor({}))).toEqual(['total', DAY]);
    expect(level(planFor({ filter: 'service_port = 443' }))).toEqual(['service_port', DAY]);
  });

  it('reads records where no roll-up can answer, and says why', () => {
    const reasons: [QueryInput, RegExp][] = [
      [{ by: ['src_addr/24'] }, /whole addresses, not src_addr\/24/],
      [{ by: ['tos'] }, /no roll-up has tos/],
      [{ by: ['protocol'], filter: 'flags S' }, /no roll-up has tcp_flags/],
      [{ by: ['protocol', 'user'] }, /no roll-up has protocol, user together/],
      [{ by: ['protocol'], metrics: ['distinct(src_addr)'] }, /distinct\(src_addr\) is counted from records/],
      [{ by: ['protocol'], metrics: ['avg_duration'] }, /duration is not kept/],
      [{ by: ['protocol'], every: 10_000 }, /no whole minutes/],
      [{ by: ['protocol'], every: HOUR, previous: 90_500, from: 1 }, /no whole minutes/],
    ];
    for (const [query, reason] of reasons) {
      const plan = planFor(query);
      expect(plan.roll).toBeNull();
      expect(plan.reason).toMatch(reason);
    }
  });

  it('takes a level whose buckets make up those of the question', () => {
    expect(level(planFor({ by: ['protocol'], every: 7 * DAY }))).toEqual(['protocol', DAY]);
    expect(level(planFor({ by: ['protocol'], every: 6 * HOUR }))).toEqual(['protocol', HOUR]);
    expect(level(planFor({ by: ['protocol'], every: 10 * MINUTE }))).toEqual(['protocol', 5 * MINUTE]);
    expect(level(planFor({ by: ['protocol'], every: 7 * MINUTE }))).toEqual(['protocol', MINUTE]);
    expect(level(planFor({ by: ['protocol'], every: HOUR, previous: 30 * MINUTE, from: T }))).toEqual([
      'protocol',
      5 * MINUTE,
    ]);
    expect(level(planFor({ by: ['protocol'], metrics: ['p95(bytes)'] }))).toEqual(['protocol', HOUR]);
  });

  it('names the level that answers most of the range first, whatever a coarser one answers beside it', () => {
    const covered = (l: Level) => (l === DAY ? [{ from: T, to: T + DAY }] : l === MINUTE ? [RANGE] : []);
    const plan = planFor({ by: ['protocol'] }, { covered });
    expect(level(plan)).toEqual(['protocol', DAY, MINUTE]);
    expect(plan.reason).toMatch(
      /^roll-ups by protocol of 1m: the coarsest that is made and exact for most of the range; 1d for other parts; no/,
    );
    const range = { from: T - 30 * MINUTE, to: T + 10 * DAY };
    expect(planFor({ by: ['protocol'] }, {}, range).reason).toMatch(
      / of 1d: the coarsest that fits the range; 5m at the edges/,
    );
  });

  it('prefers records where they are few', () => {
    const plan = planFor({ by: ['protocol'] }, { rows: 1_000 });
    expect(plan.roll).toBeNull();
    expect(plan.reason).toMatch(/exactly, and faster/);
  });

  it('goes to a finer level where a coarse one left keys out and a second is enough', () => {
    const plan = planFor({ by: ['src_as'] }, { exact: (l) => l === MINUTE });
    expect(level(plan)).toEqual(['src_as', MINUTE]);
    expect(plan.roll?.exact).toBe(true);
  });

  it('keeps the coarse level and its bound where an exact answer would take too long, or nothing exact is kept', () => {
    const long = planFor({ by: ['src_as'] }, { exact: () => false });
    expect(level(long)).toEqual(['src_as', DAY]);
    expect(long.roll?.exact).toBe(false);
    expect(long.reason).toMatch(/an exact answer would take about \d+ s/);
    const gone = planFor({ by: ['src_as'] }, { exact: () => false, rawFrom: T + 9 * DAY, rows: 100 });
    expect(gone.roll?.exact).toBe(false);
    expect(gone.reason).toMatch(/no longer kept/);
  });

  it('reads what is exact where that is asked for, and refuses where it is gone', () => {
    const exact = planFor({ by: ['src_as'], exact: true }, { exact: () => false });
    expect(exact.roll).toBeNull();
    expect(level(planFor({ by: ['src_as'], exact: true }))).toEqual(['src_as', DAY]);
    expect(planFor({ metrics: ['hosts_out'], exact: true }).reason).toMatch(/roll-ups estimate hosts/);
    const kept = { exact: () => false, rawFrom: T + 9 * DAY };
    expect(() => planFor({ by: ['src_as'], exact: true }, kept)).toThrow(/before 2026-11-10T00:00:00.000Z/);
  });

  it('says which parts of the range nothing is kept of, but not of what never was', () => {
    const covered = () => [{ from: T + DAY, to: T + 100 * DAY }];
    const whole = { from: T - 5 * DAY, to: T + 10 * DAY };
    expect(planFor({ by: ['protocol'] }, { covered, rawFrom: T + 5 * DAY }, whole).expired).toEqual([
      { from: T - DAY, to: T + DAY },
    ]);
    expect(planFor({ by: ['tos'] }, { covered, rawFrom: T + 5 * DAY }, whole).expired).toEqual([
      { from: T - DAY, to: T + 5 * DAY },
    ]);
  });
});

describe('the cost of questions', () => {
  it('is learnt from those that were answered', () => {
    const costs = new QueryCosts();
    const rows = { raw: 10_000_000, history: 0 };
    const before = costs.estimateMs(rows, 2);
    for (let i = 0; i < 50; i++) costs.learn(rows, 2, 2_000);
    expect(costs.estimateMs(rows, 2)).toBeCloseTo(2_000, 0);
    expect(before).toBeLessThan(1_000);
    for (let i = 0; i < 50; i++) costs.learn({ raw: 1_000, history: 1_000 }, 2, 60_000);
    expect(costs.estimateMs(rows, 2)).toBeCloseTo(2_000, 0);
  });
});
