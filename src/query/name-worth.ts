import { WeirError } from '../base/index.ts';
import { enumCode } from '../flow/index.ts';
import type { ClientsQuality, NamesQuality, NotAssessed } from '../truth/index.ts';
import type { QueryQuality } from './answer.ts';
import type { QueryBudget } from './budget.ts';
import { countAll } from './choose.ts';
import { type Compiled, compiledBy } from './compile.ts';
import type { PlanOptions } from './plan/plan.ts';
import { openQueryScope, type Scope } from './scope.ts';
import type { Arithmetic } from './sums.ts';
import type { Window } from './window.ts';

/** Names that may rest on a port alone, and what rests on knowing who asked. */
const NAMES = ['application', 'service', 'category'];
const CLIENTS = ['client_side', 'client_addr', 'client_port', 'server_addr', 'server_port'];

/** Beside an answer from roll-ups, what these do not have is counted from records up to this estimate. */
const BESIDE_MS = 250;

/** A question that was answered, and what else has to be known to ask one more of the same records. */
export interface Answered {
  readonly compiled: Compiled;
  readonly scope: Scope;
  readonly window: Window;
  readonly how: Arithmetic;
  readonly budget: QueryBudget;
}

/** What the names are worth that a question groups or chooses by. Empty where it does neither, or says itself how they are known. */
export async function countNameWorth(
  asked: Answered,
  planning: PlanOptions,
): Promise<Pick<QueryQuality, 'names' | 'clients'>> {
  const { dimensions, reads } = asked.compiled;
  const named = new Set([...dimensions.map((d) => d.column.name), ...reads.columns]);
  const asks = (columns: readonly string[], evidence: string) =>
    !named.has(evidence) && columns.some((column) => named.has(column));
  return {
    ...(asks(NAMES, 'application_evidence') ? await namesOf(asked, planning) : {}),
    ...(asks(CLIENTS, '') ? await clientsOf(asked, planning) : {}),
  };
}

async function namesOf(asked: Answered, planning: PlanOptions): Promise<{ names?: NamesQuality | NotAssessed }> {
  const counted = await sharesOf(asked, planning, 'application_evidence', ['port']);
  if (counted === null) return {};
  if ('status' in counted) return { names: counted };
  return { names: { status: 'assessed', by_port_bytes: counted.bytes, by_port_flows: counted.flows } };
}

async function clientsOf(asked: Answered, planning: PlanOptions): Promise<{ clients?: ClientsQuality | NotAssessed }> {
  const counted = await sharesOf(asked, planning, 'client_side', ['unknown', 'peer']);
  if (counted === null) return {};
  if ('status' in counted) return { clients: counted };
  return { clients: { status: 'assessed', unknown_bytes: counted.bytes, unknown_flows: counted.flows } };
}

/** The part of what matches that has one of the values, 0..1; null where nothing matches. */
async function sharesOf(
  { compiled, scope, window, how, budget }: Answered,
  planning: PlanOptions,
  column: 'application_evidence' | 'client_side',
  values: readonly string[],
): Promise<{ readonly bytes: number; readonly flows: number } | NotAssessed | null> {
  const question = compiledBy(compiled, column, ['bytes', 'flows']);
  const beside = openQueryScope(scope.view, window, question, how, budget, planning);
  const { roll, expired, estimateMs } = beside.plan;
  if (scope.plan.roll && !roll && (expired.length > 0 || estimateMs > BESIDE_MS))
    return notAssessed(`roll-ups do not have ${column} beside what the question names`);
  try {
    const { total, shown } = await countAll(question, beside);
    if ((total.get('records') ?? 0n) === 0n) return null;
    const codes = values.map((value) => enumCode(column, value));
    const some = shown.filter(({ key }) => codes.includes(Number(key[0])));
    const share = (metric: string) => {
      const part = some.reduce((sum, { figures }) => sum + Number(figures.get(metric) ?? 0n), 0);
      return part === 0 ? 0 : part / Number(total.get(metric) ?? 0n);
    };
    return { bytes: share('bytes'), flows: share('flows') };
  } catch (error) {
    // The answer is there already: what it is worth is not known then, and that is said.
    if (!(error instanceof WeirError) || (error.code !== 'timeout' && error.code !== 'memory')) throw error;
    return notAssessed(`there was not enough ${error.code === 'timeout' ? 'time' : 'memory'} to count it`);
  }
}

function notAssessed(reason: string): NotAssessed {
  return { status: 'not_assessed', reason };
}
