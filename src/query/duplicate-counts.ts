import type { DuplicatesQuality } from '../truth/index.ts';
import { DUPLICATE, hasDuplicates, UNJUDGED } from './duplicates.ts';
import { countGroups, NOTHING } from './groups.ts';
import type { Scope } from './scope.ts';
import { name } from './sql.ts';
import { BYTES, PACKETS, RECORDS } from './sums.ts';

/** What is known of duplicates among the records that a question is about, and how much of them does not count. */
export async function countDuplicates(scope: Scope): Promise<DuplicatesQuality> {
  const { view, duplicates, judged, exporters } = scope;
  const unsure = view.ledger.reduce((sum, e) => sum + (e.counts.duplicates_unsure ?? 0), 0);
  const found = judged ? await countLeftOut(scope, judged) : foundIn(view, duplicates);
  return {
    ...found,
    ...(exporters > 1 && found.status !== 'assessed' ? { uncompared_exporters: exporters } : {}),
    ...(unsure > 0 ? { unsure_packets: unsure } : {}),
  };
}

function foundIn(view: Scope['view'], asked: Scope['duplicates']): DuplicatesQuality {
  const status = statusOf(view.facts.duplicate);
  if (status === 'not_assessed') return notCompared();
  if (asked === 'all' && hasDuplicates(view)) return { status, included: true, left_out: NOBODY };
  return { status, left_out: hasDuplicates(view) ? null : NOBODY };
}

const NOBODY = { records: 0, bytes: 0, packets: 0 };

async function countLeftOut({ run, shape }: Scope, judged: NonNullable<Scope['judged']>): Promise<DuplicatesQuality> {
  const wanted = { ...NOTHING, sums: [RECORDS, BYTES, PACKETS] };
  const how = { ...shape.how, rolled: false };
  const groups = await countGroups(run, judged, [name('duplicate')], wanted, { ...shape, how, hosts: undefined });
  const status = statusOf(groups.map((g) => Number(g.key[0])));
  if (status === 'not_assessed') return notCompared();
  const of = groups.find((g) => Number(g.key[0]) === DUPLICATE)?.figures;
  const count = (metric: string) => Number(of?.get(metric) ?? 0n);
  return { status, left_out: { records: count('records'), bytes: count('bytes'), packets: count('packets') } };
}

function statusOf(verdicts: readonly number[]): 'assessed' | 'partly_assessed' | 'not_assessed' {
  if (verdicts.every((code) => code === UNJUDGED)) return 'not_assessed';
  return verdicts.includes(UNJUDGED!) ? 'partly_assessed' : 'assessed';
}

function notCompared(): DuplicatesQuality {
  return {
    status: 'not_assessed',
    reason: 'no record of these was compared with those of other vantage points: all are counted',
  };
}
