import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { reportOf } from '../api/answers.ts';
import { lackedSetting } from '../api/lacked-setting.ts';
import { useView } from '../app/use-view.ts';
import { LackedSetting } from './lacked-setting.tsx';
import { mainTable, NothingOf } from './nothing-of.tsx';
import { ReportPanel } from './report-panel.tsx';

/** As the panel asks: one question is answered to both. */
const ROWS = 50;

/**
 * A report; in its place what to set, where the node has it only with a setting, and below it what it is made of, where it has no line. What is refused
 * for a setting is refused until the node starts again: the panel asks again from time to time, and is not there then.
 */
export function Report({ name }: { name: string }) {
  const { asked } = useView();
  const { data, error } = useQuery(reportOf(name, { ...asked, limit: ROWS }, false));
  const lacked = lackedSetting(error);
  if (lacked !== null) return <LackedSetting setting={lacked} why={error!.message} />;
  return (
    <>
      <ReportPanel name={name} />
      {data?.report === name && data.tables[mainTable(name)]?.rows.length === 0 && (
        <Text size="sm" c="dimmed" px={8}>
          <NothingOf report={name} />
        </Text>
      )}
    </>
  );
}
