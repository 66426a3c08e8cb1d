import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useContext } from 'react';
import { reportOf, vocabulary } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { ShownView, useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { isBlank } from './blank-rows.ts';
import { mainTable, NothingOf } from './nothing-of.tsx';
import { Panel } from './panel.tsx';
import { type CellOf, ReportTableView } from './report-table.tsx';

const ROWS = 50;
/** Of each of several tables, so that none is far below. */
const ROWS_OF_MANY = 10;
/** Beside other views, of which each should be seen. */
const ROWS_OF_DASHBOARD = 8;

/** What is asked of a report here. */
export function useReportQuestion() {
  const { asked } = useView();
  return { ...asked, limit: useContext(ShownView) === null ? ROWS : ROWS_OF_DASHBOARD };
}

/** A ready-made report with its tables. */
export function ReportPanel({ name, cellOf }: { name: string; cellOf?: CellOf }) {
  const { range } = useView();
  const saved = useContext(ShownView);
  const question = useReportQuestion();
  const answer = useAnswer(reportOf(name, question, refetchMs(range)));
  const { data: words } = useQuery(vocabulary());
  const dimensions = new Set(words?.dimensions.map((d) => d.name));
  return (
    <Panel
      title={answer.data?.title ?? name}
      answer={answer}
      isEmpty={({ tables }) => tables.every((t) => isBlank(t.rows))}
      empty={<NothingOf report={name} />}
    >
      {({ tables }) => (
        <>
          {tables.map((table) =>
            isBlank(table.rows) ? (
              <Text key={table.title} size="sm" c="dimmed" px={8} py={4}>
                {table.title}: nothing
              </Text>
            ) : (
              <ReportTableView
                key={table.title}
                table={table}
                isDimension={(c) => dimensions.has(c)}
                {...folded(tables)}
                {...(cellOf === undefined ? {} : { cellOf })}
              />
            ),
          )}
          {saved === null && tables[mainTable(name)]?.rows.length === 0 && (
            <Text component="div" size="sm" c="dimmed" px={8}>
              <NothingOf report={name} />
            </Text>
          )}
          {saved !== null && (
            <Text size="sm" px={8} py={4}>
              The largest {ROWS_OF_DASHBOARD} of each table:{' '}
              <Anchor inherit renderRoot={(props) => <Link {...props} to={saved.page as '/'} search={saved.view} />}>
                all on its page
              </Anchor>
            </Text>
          )}
        </>
      )}
    </Panel>
  );
}

function folded(tables: readonly { readonly rows: readonly (readonly unknown[])[] }[]): { fold?: number } {
  return tables.filter(({ rows }) => rows.length > ROWS_OF_MANY).length > 1 ? { fold: ROWS_OF_MANY } : {};
}
