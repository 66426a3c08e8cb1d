import { Menu, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { reportOf } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs, sharedPart, withCondition } from '../app/view.ts';
import { InterfaceGraph } from './interface-graph.tsx';
import { type InterfaceLine, interfaceKey, interfaceLines, interfaceText, passedBy } from './interface-line.ts';
import { ReportPanel, useReportQuestion } from './report-panel.tsx';

const REPORT = 'interfaces';

/** Interfaces of exporters with the graph of one: of the largest until another is chosen. */
export function InterfacesPanel({ height }: { height: number }) {
  const { range, view } = useView();
  const { data } = useAnswer(reportOf(REPORT, useReportQuestion(), refetchMs(range)));
  const lines = data?.report === REPORT ? interfaceLines(data) : [];
  // Number 0 is what exporters write where they do not know.
  const chosen =
    lines.find((line) => interfaceKey(line) === view.interface) ?? lines.find(({ index }) => index !== 0) ?? lines[0];
  return (
    <>
      {chosen !== undefined && <InterfaceGraph key={interfaceKey(chosen)} line={chosen} height={height} />}
      <ReportPanel
        name={REPORT}
        cellOf={({ name }, text, row, { columns }) => {
          if (name === 'speed' && text === '') return <em>not known</em>;
          const at = columns.findIndex((column) => column.name === 'name');
          // A row has one menu, on what it is called by.
          const isNamed = at >= 0 && (row[at] ?? '') !== '';
          if (name !== (isNamed ? 'name' : 'index')) return false;
          const line = lines.find((one) => isLineOf(one, columns, row));
          return line !== undefined && <InterfaceMenu line={line} text={text} />;
        }}
      />
    </>
  );
}

function isLineOf(
  { exporter, agent, index }: InterfaceLine,
  columns: readonly { readonly name: string }[],
  row: readonly (string | number | null)[],
): boolean {
  const cell = (name: string) => row[columns.findIndex((column) => column.name === name)] ?? null;
  return cell('exporter') === exporter && cell('index') === index && cell('agent') === agent;
}

function InterfaceMenu({ line, text }: { line: InterfaceLine; text: string }) {
  const { view, asked, change } = useView();
  const search = { ...sharedPart(view), filter: withCondition(asked.filter, passedBy(line)) };
  return (
    <Menu position="bottom-start" shadow="md" menuItemTabIndex={0} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton className="value" fz="inherit" title={`What can be done with ${interfaceText(line)}`}>
          {text}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className="value">{interfaceText(line)}</Menu.Label>
        <Menu.Item onClick={() => change({ interface: interfaceKey(line) })}>Graph: out above, in below</Menu.Item>
        <Menu.Item renderRoot={(props) => <Link {...props} to="/flows" search={search} />}>Its flows</Menu.Item>
        <Menu.Item renderRoot={(props) => <Link {...props} to="/explore" search={search} />}>Explore it</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
