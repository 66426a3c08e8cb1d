import { useQuery } from '@tanstack/react-query';
import { type AuditEntry, listOf } from '../api/access.ts';
import { AccessList } from './access-list.tsx';

const SHOWN = 200;

/** Who asked and changed what, the newest first. */
export function AuditTable() {
  const { data, error } = useQuery(listOf<{ entries: readonly AuditEntry[] }>(`audit?limit=${SHOWN}`));
  const rows = (data?.entries ?? []).map((entry, i) => ({ key: `${entry.at} ${i}`, cells: cellsOf(entry) }));
  return (
    <AccessList
      name="Audit"
      titles={['At (UTC)', 'Who', 'From', 'What', 'Status', 'Rows', 'ms', 'Asked', 'Limit']}
      rows={rows}
      error={error}
      empty="Nothing was asked yet."
    />
  );
}

function cellsOf({
  at,
  who,
  via,
  from,
  method,
  route,
  status,
  rows,
  ms,
  asked,
  limit,
  left_out,
}: AuditEntry): string[] {
  const words = Object.entries(asked ?? {}).map(([key, value]) => `${key}=${String(value)}`);
  if (left_out !== undefined) words.push(`(${left_out} entries before this one were not written)`);
  return [
    new Date(at).toISOString().slice(0, 19).replace('T', ' '),
    who || '-',
    from || via,
    `${method} ${route}`,
    String(status),
    String(rows ?? '-'),
    String(ms),
    words.join(' ') || '-',
    limit ?? '-',
  ];
}
