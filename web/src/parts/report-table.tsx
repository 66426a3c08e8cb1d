import { Box, Table, Title, UnstyledButton } from '@mantine/core';
import type { ReportAnswer } from '../../../src/query/index.ts';
import { cellText, isNumber } from './cells.ts';

type ReportTable = ReportAnswer['tables'][number];

interface ReportTableProps {
  readonly table: ReportTable;
  /** Whether flows can be chosen by a column of this name. */
  readonly isDimension: (name: string) => boolean;
  readonly choose: (column: string, value: string | number) => void;
}

/** A table of a report; what flows can be chosen by is a button that does it. */
export function ReportTableView({ table, isDimension, choose }: ReportTableProps) {
  const { title, columns, rows } = table;
  return (
    <Box style={{ overflowX: 'auto' }}>
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
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a report have no name of their own, and come whole
            <Table.Tr key={i}>
              {columns.map((column, at) => {
                const cell = row[at] ?? null;
                const text = cellText(cell, column);
                const isButton = text !== '' && cell !== null && isDimension(column.name);
                return (
                  <Table.Td key={column.name} className={isNumber(column) ? 'number' : 'value'}>
                    {isButton ? (
                      <UnstyledButton
                        className="value"
                        title={`Only ${text}`}
                        onClick={() => choose(column.name, cell)}
                      >
                        {text}
                      </UnstyledButton>
                    ) : (
                      text
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
