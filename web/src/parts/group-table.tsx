import { Box, Table, Text } from '@mantine/core';
import {
  type AnswerNames,
  exporterOf,
  NOT_KNOWN,
  OTHERS,
  percentOf,
  type Series,
  type SeriesOfTime,
  summaryOf,
} from '../../../src/chart/index.ts';
import { stepText } from './step-text.ts';
import { ValueMenu } from './value-menu.tsx';

const FIGURES = ['min', 'mean', 'max', 'p95', 'last'] as const;

interface GroupTableProps {
  readonly label: string;
  readonly ofTime: SeriesOfTime;
  /** Of the same groups, what adds up to their total; null where nothing does. */
  readonly amounts: SeriesOfTime | null;
  readonly dimensions: readonly string[];
  readonly names: AnswerNames;
  readonly format: (value: number) => string;
  readonly formatAmount: (value: number) => string;
}

/** What each group had at least, on average, at most, in 95 of 100 steps at most, last, and in all. */
export function GroupTable({ label, ofTime, amounts, dimensions, names, format, formatAmount }: GroupTableProps) {
  const totals = new Map(amounts?.series.map(({ group, sum }) => [JSON.stringify(group), sum]));
  const all = amounts?.total.reduce<number>((sum, value) => sum + (value ?? 0), 0) ?? 0;
  const figures = (series: Series, total: number | undefined) => {
    const summary = summaryOf(series.values);
    return (
      <>
        {FIGURES.map((name) => (
          <Table.Td key={name} className="number">
            {summary === null ? '' : format(summary[name])}
          </Table.Td>
        ))}
        {amounts !== null && (
          <>
            <Table.Td className="number">{total === undefined ? '' : formatAmount(total)}</Table.Td>
            <Table.Td className="number">{total === undefined ? '' : percentOf(total, all)}</Table.Td>
          </>
        )}
      </>
    );
  };
  return (
    <Box style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={`${label}, figures`}>
      <Table aria-label={label} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {dimensions.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
            {[...FIGURES, ...(amounts === null ? [] : ['total', 'share'])].map((name) => (
              <Table.Th key={name} className="number">
                {name === 'p95' ? '95 %' : name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ofTime.series.map((series) => (
            <Table.Tr key={JSON.stringify(series.group)}>
              {series.group.map((value, i) => (
                <Table.Td key={dimensions[i]} className="value">
                  {value === '' ? (
                    <em>{NOT_KNOWN}</em>
                  ) : (
                    <ValueMenu
                      column={dimensions[i]!}
                      value={value}
                      names={names}
                      exporter={exporterOf(dimensions, series.group)}
                    />
                  )}
                </Table.Td>
              ))}
              {figures(series, totals.get(JSON.stringify(series.group)))}
            </Table.Tr>
          ))}
          {ofTime.rest !== null && (
            <Table.Tr>
              <Table.Td colSpan={dimensions.length}>
                <em>{OTHERS}</em>
              </Table.Td>
              {figures(ofTime.rest, amounts?.rest?.sum)}
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" px={8} py={4}>
        min, mean, max, 95 % (nearest rank) and last are of steps of {stepText(ofTime.stepMs)}; a step of which nothing
        was measured does not count.
      </Text>
    </Box>
  );
}
