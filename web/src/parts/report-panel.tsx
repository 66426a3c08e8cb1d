import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { reportOf, vocabulary } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Panel } from './panel.tsx';
import { ReportTableView } from './report-table.tsx';

const ROWS = 50;

/** A ready-made report with its tables. */
export function ReportPanel({ name }: { name: string }) {
  const { range, asked } = useView();
  const question = { ...asked, limit: ROWS };
  const answer = useAnswer(reportOf(name, question, refetchMs(range)));
  const { data: words } = useQuery(vocabulary());
  const dimensions = new Set(words?.dimensions.map((d) => d.name));
  return (
    <Panel
      title={answer.data?.title ?? name}
      answer={answer}
      isEmpty={({ tables }) => tables.every((t) => t.rows.length === 0)}
      empty="Nothing in this range."
    >
      {({ tables }) => (
        <>
          {tables.map((table) =>
            table.rows.length === 0 ? (
              <Text key={table.title} size="sm" c="dimmed" px={8} py={4}>
                {table.title}: nothing
              </Text>
            ) : (
              <ReportTableView key={table.title} table={table} isDimension={(c) => dimensions.has(c)} />
            ),
          )}
        </>
      )}
    </Panel>
  );
}
