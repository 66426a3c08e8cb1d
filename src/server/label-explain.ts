import { z } from 'zod';
import { WeirError } from '../base/index.ts';
import { bothFilters } from '../filter/index.ts';
import { type FlowName, filterOfName, formatFlowName, nameOfRecord, parseFlowName } from '../flow/index.ts';
import { announcersOf, type Explanation, explainFlow, type LabelOptions, type LookUpAddress } from '../label/index.ts';
import type { FlowRecord } from '../query/index.ts';
import { withDecidingRule } from './deciding-rule.ts';
import type { Ask, QueryService } from './query-service.ts';

/** So many records of one key are looked at for the one with the start that was named. */
const MOST_RECORDS = 1_000;
/** After its start a record ends within an active timeout, which no exporter has longer. */
const DAY_MS = 86_400_000;

export const explanationSchema = z.strictObject({
  flow: z.string().describe('the record that is explained, as text'),
  record: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  names: z.array(
    z.strictObject({
      name: z.string(),
      value: z.union([z.string(), z.number(), z.null()]),
      evidence: z.string().nullable(),
      because: z.string().describe('the rule or the data that gave it'),
      stronger: z.string().nullable().describe('what would be stronger evidence, and what would give it'),
    }),
  ),
  others: z.array(z.string()).describe('other records of the same key'),
});
export type LabelExplanation = z.output<typeof explanationSchema>;

/** What names are explained by. */
export interface ExplainWith extends LabelOptions {
  /** A look-up in the data of places, for one explanation; absent: nothing is known of addresses. */
  readonly lookUps?: () => LookUpAddress;
}

/** Finds the record that `text` names and says why it has its names. */
export async function explainLabels(
  service: QueryService,
  text: string,
  labels: ExplainWith,
  ask: Ask = {},
): Promise<LabelExplanation> {
  const wanted = parseFlowName(text);
  const { start } = wanted;
  const begunThen = (records: FlowRecord[]) =>
    start === null ? records : records.filter((r) => Number(r.start) === start);
  const near =
    start === null ? [] : await recordsOf(service, filterOfName(wanted), ask, { from: start, to: start + DAY_MS });
  // A clock that was wrong may have put it anywhere.
  const found = begunThen(near).length > 0 ? near : await recordsOf(service, filterOfName(wanted), ask);
  const matching = begunThen(found);
  const [record] = matching;
  if (!record) throw new WeirError('not_found', notFound(wanted, found));
  const names = explainFlow(record, labels, labels.lookUps?.());
  const holds = async (filter: string) => {
    const held = await recordsOf(service, bothFilters(filterOfName(nameOfRecord(record)), filter), ask);
    return held.some((r) => r.start === record.start);
  };
  const why = async (name: Explanation) => withDecidingRule(await withCause(service, record, name, ask), labels, holds);
  return {
    flow: formatFlowName(nameOfRecord(record)),
    record,
    names: await Promise.all(names.map(why)),
    others: found
      .filter((r) => r !== record)
      .slice(0, 10)
      .map((r) => formatFlowName(nameOfRecord(r))),
  };
}

function notFound(wanted: FlowName, found: readonly FlowRecord[]): string {
  const others = found.slice(0, 5).map((r) => `  ${formatFlowName(nameOfRecord(r))}`);
  const said = others.length > 0 ? `; there are\n${others.join('\n')}` : '; `weir flows` lists those that are stored';
  return `no record of ${formatFlowName(wanted)} is stored${said}`;
}

/** The newest first. */
async function recordsOf(
  service: QueryService,
  filter: string,
  ask: Ask,
  range: { readonly from?: number; readonly to?: number } = {},
): Promise<FlowRecord[]> {
  const { records } = await service.flows({ ...range, filter, limit: MOST_RECORDS, duplicates: 'all' }, ask);
  const all: FlowRecord[] = [];
  for await (const piece of records) all.push(...piece);
  return all;
}

/** Where another flow gave the name: which one that most likely was. */
async function withCause(service: QueryService, record: FlowRecord, name: Explanation, ask: Ask): Promise<Explanation> {
  const filters = causeFilters(record, name);
  if (filters.length === 0) return name;
  for (const filter of filters) {
    const before = (await recordsOf(service, filter, ask)).find(
      (r) => Number(r.start) <= Number(record.end ?? record.start),
    );
    if (!before) continue;
    const server = before.server_name ? ` (server name ${before.server_name})` : '';
    return { ...name, because: `${name.because}: ${formatFlowName(nameOfRecord(before))}${server}` };
  }
  return { ...name, because: `${name.because}; no record of that is stored any more` };
}

/** What may have given the name, the likeliest first; empty: no other flow did. */
function causeFilters(
  { src_addr: src, dst_addr: dst, client_side: side }: FlowRecord,
  name: Explanation,
): readonly string[] {
  if (name.name === 'application' && name.evidence === 'state') {
    const { applications, ofOthersToo } = announcersOf(String(name.value));
    const announced = `application in ["${applications.join('" "')}"] and not application_evidence = state`;
    const ofBoth = `host ${src} and host ${dst} and ${announced}`;
    return ofOthersToo ? [ofBoth, `(host ${src} or host ${dst}) and ${announced}`] : [ofBoth];
  }
  if (name.name !== 'service' || name.evidence !== 'name') return [];
  const server = side === 'destination' ? src : dst;
  return [`host ${server} and service = "${name.value}" and service_evidence in [payload exporter process rule]`];
}
