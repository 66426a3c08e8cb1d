import { createInterface } from 'node:readline/promises';
import { WeirError } from '../base/index.ts';
import type { QueryInput } from '../query/index.ts';

/** A question, of either kind, that says what it may cost. */
type Priced = Pick<QueryInput, 'max_cost'>;

/** Asks; where the answer is refused as costly, a person at a terminal is asked whether to go on. Nobody there: the refusal, which names `--yes`. */
export async function unlessCostly<Q extends Priced, T>(query: Q, ask: (query: Q) => Promise<T>): Promise<T> {
  try {
    return await ask(query);
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== 'costly' || !isSomebodyThere()) throw error;
    if (!(await confirm(costOf(error)))) throw error;
    return ask({ ...query, max_cost: 'any' });
  }
}

function isSomebodyThere(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

function costOf({ details }: WeirError): string {
  const seconds = Math.ceil(Number(details.estimate_ms ?? 0) / 1000);
  return `This reads about ${Number(details.rows ?? 0).toLocaleString('en')} rows and takes about ${seconds} s. Go on? [y/N] `;
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^\s*y(es)?\s*$/i.test(await terminal.question(question));
  } finally {
    terminal.close();
  }
}
