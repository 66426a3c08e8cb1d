import type { WeirError } from '../base/index.ts';
import { printable } from './table.ts';

/** An error as people read it: what was wrong, and for a filter a caret under the place. */
export function explain(error: WeirError): string {
  const lines = error.message.split('\n').map(printable).join('\n');
  const caret = caretOf(error);
  return `weir: ${lines}${caret ? `\n${caret}` : ''}`;
}

/** Widest piece of a filter that is shown. */
const WINDOW = 100;

function caretOf({ details }: WeirError): string | undefined {
  const { filter: text, position, length } = details;
  if (typeof text !== 'string' || typeof position !== 'number' || position > text.length) return undefined;
  const lineStart = text.lastIndexOf('\n', position - 1) + 1;
  const lineEnd = text.indexOf('\n', position);
  const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).replaceAll('\t', ' ');
  const column = position - lineStart;
  const from = line.length <= WINDOW ? 0 : Math.max(0, column - WINDOW / 2);
  const shown = line.slice(from, from + WINDOW);
  const width = Math.max(1, Math.min(typeof length === 'number' ? length : 1, shown.length - (column - from)));
  return `  ${shown.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?')}\n  ${' '.repeat(column - from)}${'^'.repeat(width)}`;
}
