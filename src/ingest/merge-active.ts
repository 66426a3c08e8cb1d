import type { ActiveFlows, ActiveQuery } from './capture-messages.ts';

/** The answers of several meters to one question for open flows as one; null where none of them answered. */
export function mergeActive(
  { order, reverse, limit }: ActiveQuery,
  answers: readonly (ActiveFlows | null)[],
): ActiveFlows | null {
  const found = answers.filter((answer) => answer !== null);
  const [first] = found;
  if (first === undefined || found.length === 1) return first ?? null;
  const sign = reverse ? -1 : 1;
  const flows = found.flatMap((answer) => answer.flows);
  const sum = (of: (answer: ActiveFlows) => number) => found.reduce((n, answer) => n + of(answer), 0);
  return {
    as_of: Math.min(...found.map((answer) => answer.as_of)),
    open: sum((a) => a.open),
    matched: sum((a) => a.matched),
    bytes: sum((a) => a.bytes),
    packets: sum((a) => a.packets),
    duplicates: sum((a) => a.duplicates ?? 0),
    flows: flows.sort((a, b) => sign * (Number(b[order] ?? 0) - Number(a[order] ?? 0))).slice(0, limit),
    captures: found.flatMap((answer) => answer.captures),
  };
}
