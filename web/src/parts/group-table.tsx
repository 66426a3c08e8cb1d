import { Box, Table, UnstyledButton } from '@mantine/core';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { cellText } from './cells.ts';
import { type SeriesOfTime, summaryOf } from './series.ts';

const FIGURES = ['min', 'mean', 'max', 'p95', 'last'] as const;

interface GroupTableProps {
  readonly ofTime: SeriesOfTime;
  readonly dimensions: readonly string[];
  readonly answer: QueryAnswer;
  readonly metric: string;
  readonly choose: (column: string, value: string) => void;
}

/** What each series had at least, on average, at most, in 95 of 100 buckets at most, and last. */
export function GroupTable({ ofTime, dimensions, answer, metric, choose }: GroupTableProps) {
  const column = answer.columns.find(({ name }) => name === metric) ?? { name: metric, type: 'number', unit: null };
  return (
    <Box style={{ overflowX: 'auto' }}>
      <Table aria-label={`${metric} by ${dimensions.join(', ')}`} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {dimensions.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
            {FIGURES.map((name) => (
              <Table.Th key={name} className="number">
                {name === 'p95' ? '95 %' : name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ofTime.series.map(({ group, values }) => {
            const summary = summaryOf(values);
            return (
              <Table.Tr key={JSON.stringify(group)}>
                {group.map((value, i) => (
                  <Table.Td key={dimensions[i]} className="value">
                    {value === '' ? (
                      <em>not known</em>
                    ) : (
                      <UnstyledButton
                        className="value"
                        title={`Only ${value}`}
                        onClick={() => choose(dimensions[i]!, value)}
                      >
                        {value}
                      </UnstyledButton>
                    )}
                  </Table.Td>
                ))}
                {FIGURES.map((name) => (
                  <Table.Td key={name} className="number">
                    {summary === null ? '' : cellText(summary[name], column)}
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
