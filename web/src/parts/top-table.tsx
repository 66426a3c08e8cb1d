import { Table, Text } from '@mantine/core';
import { bytes, numberOf, percentOf } from '../../../src/chart/index.ts';
import { bothFilters } from '../../../src/filter/index.ts';
import { answerTo } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Panel } from './panel.tsx';
import { ValueMenu } from './value-menu.tsx';

interface TopTableProps {
  readonly title: string;
  /** A dimension of questions, such as `src_addr`. */
  readonly by: string;
  readonly limit?: number;
  /** Holds for the rows that are of interest here, such as `process != ""`. */
  readonly where?: string;
}

/** The largest groups of one dimension by bytes; a click on one tells what can be done with it. */
export function TopTable({ title, by, limit = 8, where }: TopTableProps) {
  const { range, asked } = useView();
  const question = {
    ...asked,
    filter: bothFilters(asked.filter, where ?? ''),
    by: [by],
    metrics: ['bytes'],
    limit,
  };
  const answer = useAnswer(answerTo(question, refetchMs(range)));
  return (
    <Panel
      title={title}
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty="Nothing in this range."
      right={
        where !== undefined && (
          <Text size="xs" c="dimmed">
            shares of what is known
          </Text>
        )
      }
    >
      {({ rows, total, ...names }) => (
        <Table aria-label={title}>
          <Table.Tbody>
            {rows.map(([name, amount]) => {
              const share = percentOf(numberOf(amount), numberOf(total.bytes));
              return (
                <Table.Tr key={String(name)}>
                  <Table.Td className="share" style={{ '--share': share === '' ? '0%' : share.replace(/[< ]/g, '') }}>
                    {name === null || name === undefined || name === '' ? (
                      <em>not known</em>
                    ) : (
                      <ValueMenu column={by} value={name} names={names} />
                    )}
                  </Table.Td>
                  <Table.Td className="number">{bytes(numberOf(amount))}</Table.Td>
                  <Table.Td className="number">{share}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}
