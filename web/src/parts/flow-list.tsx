import { Box, UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { type CellColumn, cellText, isNumber } from '../../../src/chart/index.ts';
import { protocolName } from '../../../src/flow/index.ts';
import type { FlowRecord } from '../api/flows.ts';
import { HostLink } from './host-link.tsx';

const ROW_PX = 26;
/** On a telephone a record has two lines. */
const NARROW_PX = 48;
const NARROW = '(max-width: 48em)';
/** What is left of the screen below the header and the choices, above the quality; on a low one enough to scroll in. */
const HEIGHT = 'max(300px, calc(100dvh - 240px))';
/** Columns of which each value has a page. */
const ENDS: readonly string[] = ['src_addr', 'dst_addr'];
/** The next page is asked for when so many rows are left. */
const SOON_ROWS = 100;

interface FlowListProps {
  readonly records: readonly FlowRecord[];
  readonly columns: readonly CellColumn[];
  readonly open: (record: FlowRecord) => void;
  /** Asks for more; called when the end is near. */
  readonly more: () => void;
}

/** Records in rows, of which those alone are drawn that are seen. */
export function FlowList({ records, columns, open, more }: FlowListProps) {
  const place = useRef<HTMLDivElement>(null);
  const isNarrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  const height = isNarrow ? NARROW_PX : ROW_PX;
  const rows = useVirtualizer({
    count: records.length,
    getScrollElement: () => place.current,
    estimateSize: () => height,
    overscan: 10,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are measured anew when their height is another
  useEffect(() => rows.measure(), [height]);
  useEffect(() => {
    if (last >= records.length - SOON_ROWS) more();
  }, [last, records.length, more]);
  return (
    <Box ref={place} className="flows" style={{ height: HEIGHT }} tabIndex={0} role="group" aria-label="Records">
      <table aria-label="Flow records" aria-rowcount={records.length + 1}>
        <thead className="flows-head">
          <tr className="flows-row" aria-rowindex={1}>
            {isNarrow ? (
              <th scope="col" className="flows-cell flows-narrow">
                record
              </th>
            ) : (
              columns.map((column) => (
                <th key={column.name} scope="col" className={cellClass(column)}>
                  {column.name}
                </th>
              ))
            )}
          </tr>
        </thead>
        <tbody style={{ height: rows.getTotalSize(), position: 'relative', display: 'block' }}>
          {items.map(({ index, start }) => (
            <tr
              key={index}
              aria-rowindex={index + 2}
              className="flows-row flows-line"
              style={{ height, transform: `translateY(${start}px)` }}
            >
              {isNarrow ? (
                <NarrowCell record={records[index]!} columns={columns} open={open} />
              ) : (
                columns.map((column, at) => (
                  <td key={column.name} className={cellClass(column)}>
                    {at === 0 ? (
                      <UnstyledButton fz="inherit" title="All fields" onClick={() => open(records[index]!)}>
                        {cellText(records[index]![column.name], column) || '…'}
                      </UnstyledButton>
                    ) : (
                      cellOf(records[index]!, column)
                    )}
                  </td>
                ))
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Box>
  );
}

/** When, how much, from whom to whom; a touch opens the rest. */
function NarrowCell({ record, columns, open }: { record: FlowRecord } & Pick<FlowListProps, 'columns' | 'open'>) {
  const text = (name: string) => {
    const column = columns.find((c) => c.name === name);
    return column === undefined ? '' : cellText(record[name], column);
  };
  const end = (side: 'src' | 'dst') => (
    <>
      {record[`${side}_addr`] === undefined ? '?' : <HostLink address={String(record[`${side}_addr`])} />}
      {record[`${side}_port`] === undefined ? '' : ` ${record[`${side}_port`]}`}
    </>
  );
  const about = [
    record.protocol === undefined ? '' : protocolName(Number(record.protocol)),
    text('application'),
    text('bytes') || text('raw_bytes'),
  ];
  return (
    <td className="flows-cell flows-narrow">
      <UnstyledButton fz="inherit" title="All fields" onClick={() => open(record)}>
        {text('time') || '…'}
      </UnstyledButton>
      {about.filter(Boolean).map((word) => ` · ${word}`)}
      <br />
      {end('src')} → {end('dst')}
    </td>
  );
}

/** The ends of a flow lead to their hosts. */
function cellOf(record: FlowRecord, column: CellColumn) {
  const value = record[column.name];
  if (value === undefined) return '';
  if (column.name === 'protocol') return protocolName(Number(value));
  return ENDS.includes(column.name) ? <HostLink address={String(value)} /> : cellText(value, column);
}

function cellClass(column: CellColumn): string {
  const wide = column.type === 'time' || column.type === 'address' ? ' flows-wide' : '';
  return `flows-cell${wide}${isNumber(column) ? ' number' : ''}`;
}
