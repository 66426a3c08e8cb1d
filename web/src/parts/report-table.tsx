import { Box, Button, Table, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { cellText, isNumber, NOT_KNOWN } from '../../../src/chart/index.ts';
import type { ReportAnswer } from '../../../src/query/index.ts';
import { HostLink } from './host-link.tsx';
import { ValueMenu } from './value-menu.tsx';

type ReportTable = ReportAnswer['tables'][number];
type Column = ReportTable['columns'][number];

interface ReportTableProps {
  readonly table: ReportTable;
  /** So many rows are shown until somebody wants all; absent: all. */
  readonly fold?: number;
  /** Whether flows can be chosen by a column of this name. */
  readonly isDimension: (name: string) => boolean;
  /** What else stands in a cell; false: what is usual. */
  readonly cellOf?: CellOf;
}

export type CellOf = (
  column: Column,
  text: string,
  row: ReportTable['rows'][number],
  table: ReportTable,
) => ReactNode | false;

/** A table of a report; what flows can be chosen by tells what can be done with it, and an address leads to its host. */
export function ReportTableView({ table, fold = Number.POSITIVE_INFINITY, isDimension, cellOf }: ReportTableProps) {
  const { title, columns, rows } = table;
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, fold);
  /** What a row is about. */
  const isNamed = (column: Column) => column === columns[0];
  const usual = (column: Column, cell: string | number | null, text: string) => {
    if (text === '' || cell === null) return isNamed(column) ? <em>{NOT_KNOWN}</em> : text;
    if (isDimension(column.name)) return <ValueMenu column={column.name} value={cell} {...textOf(column, text)} />;
    return column.type === 'address' ? <HostLink address={text} /> : text;
  };
  return (
    <Box style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={`${title}, rows`}>
      <Title order={3} fz="sm" px={8} pt={8}>
        {title}
      </Title>
      <Table aria-label={title} stickyHeader highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.name} className={isNumber(column) ? 'number' : ''}>
                {column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a report have no name of their own, and come whole
            <Table.Tr key={i}>
              {columns.map((column, at) => {
                const cell = row[at] ?? null;
                const text = cellText(cell, column);
                return (
                  <Table.Td
                    key={column.name}
                    className={isNumber(column) ? 'number' : column.type === 'time' ? 'time' : 'value'}
                  >
                    {(cellOf?.(column, text, row, table) || null) ?? usual(column, cell, text)}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {shown.length < rows.length && (
        <Button size="compact-xs" variant="subtle" m={4} onClick={() => setWhole(true)}>
          show all {rows.length} rows
        </Button>
      )}
    </Box>
  );
}

/** A number that is a name, such as that of a protocol, is shown by it. */
function textOf(column: Column, text: string): { text?: string } {
  return column.name === 'protocol' ? {} : { text };
}
