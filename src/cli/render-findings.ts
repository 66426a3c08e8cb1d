import type { Finding } from '../server/index.ts';
import { alignTable } from './table.ts';

/** A table of findings, each with its advice below. */
export function renderFindings(findings: readonly Finding[]): string {
  const rows = findings.flatMap((f) => [
    [f.level, f.subject, f.text],
    ...(f.advice ? [['', '', `-> ${f.advice}`]] : []),
  ]);
  const columns = ['level', 'what', 'finding'].map((title) => ({ title, align: 'left' as const }));
  return `${alignTable(columns, rows).join('\n')}\n`;
}
