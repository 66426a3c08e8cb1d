import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Diagnostic } from '@codemirror/lint';
import { fetchJson, postJson } from '../api/fetch-json.ts';
import { queryClient } from '../api/query-client.ts';
import { seenValues } from '../api/seen-values.ts';
import { written } from '../app/conditions.ts';

interface Completions {
  readonly from: number;
  readonly candidates: readonly { readonly text: string; readonly kind: string; readonly info?: string }[];
  readonly column?: string;
}

interface Check {
  readonly ok: boolean;
  readonly message?: string;
  readonly position?: number;
  readonly length?: number;
}

/** A filter of more letters is completed by its end alone: the address of a request holds no more. */
const MOST_LETTERS = 2_000;
const TYPES: Readonly<Record<string, string>> = { field: 'property', operator: 'operator', value: 'constant' };

/** What may be written at the cursor: words of the language, and values that flows of the last day have. */
export async function completions(context: CompletionContext): Promise<CompletionResult | null> {
  const text = context.state.sliceDoc(0, context.pos);
  if (text.length > MOST_LETTERS || (text.trim() === '' && !context.explicit)) return null;
  const stop = new AbortController();
  context.addEventListener('abort', () => stop.abort(), { onDocChange: true });
  try {
    const path = `/api/v1/filter/complete?text=${encodeURIComponent(text)}`;
    const { from, candidates, column } = await fetchJson<Completions>(path, { signal: stop.signal });
    const values = column === undefined ? [] : await queryClient.fetchQuery(seenValues(column)).catch(() => []);
    const known = new Set(candidates.map((c) => c.text));
    const seen = values
      .filter((value) => !known.has(value))
      .map(
        (value): Completion => ({ label: value, apply: written(value), type: 'constant', detail: 'seen', boost: -1 }),
      );
    const words = candidates.map(
      ({ text: label, kind, info }): Completion => ({
        label,
        type: TYPES[kind] ?? 'keyword',
        ...(info === undefined ? {} : { detail: info }),
      }),
    );
    return { from, options: [...seen, ...words] };
  } catch {
    // Help that does not come is none: what is wrong with the node is said elsewhere.
    return null;
  }
}

/** What is wrong with a filter, in the words of the node; null where it can be read. */
export async function problemOf(filter: string, signal: AbortSignal): Promise<Diagnostic | null> {
  if (filter.trim() === '') return null;
  const {
    ok,
    message = '',
    position = 0,
    length = 0,
  } = await postJson<Check>('/api/v1/filter/check', { filter }, signal);
  if (ok) return null;
  const from = Math.min(position, Math.max(0, filter.length - 1));
  return { from, to: Math.min(filter.length, Math.max(from + 1, position + length)), severity: 'error', message };
}
