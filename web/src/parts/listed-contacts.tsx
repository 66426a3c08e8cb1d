import { useQuery } from '@tanstack/react-query';
import { health, reportOf } from '../api/answers.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs, withCondition } from '../app/view.ts';
import { Panel } from './panel.tsx';
import { ReportTableView } from './report-table.tsx';

const ROWS = 8;
/** As health names what it found of each list that is configured. */
const SUBJECT = 'block list ';
/** Columns of the report that are addresses of flows. */
const ADDRESSES: readonly string[] = ['address', 'listed'];

/** Hosts that touched an address of a block list; nothing where no list is configured. */
export function ListedContacts() {
  const { data } = useQuery(health());
  const hasLists = data?.findings.some(({ subject }) => subject.startsWith(SUBJECT)) === true;
  return hasLists ? <Contacts /> : null;
}

function Contacts() {
  const { range, view, asked, change } = useView();
  const question = { ...asked, limit: ROWS };
  const answer = useQuery(reportOf('blocklist', question, refetchMs(range)));
  const choose = (column: string, value: string | number) => {
    const condition = ADDRESSES.includes(column)
      ? `host ${value} and blocklist_side != none`
      : `${column} = ${JSON.stringify(value)}`;
    change({ filter: withCondition(view.filter, condition) });
  };
  return (
    <Panel
      title="Contacts with listed addresses"
      answer={answer}
      isEmpty={({ tables }) => tables.at(-1)!.rows.length === 0}
      empty="No flow of this range touches an address of the block lists."
    >
      {({ tables }) => {
        const contacts = tables.at(-1)!;
        return (
          <ReportTableView
            table={contacts}
            isDimension={(name) => ADDRESSES.includes(name) || name === 'blocklist'}
            choose={choose}
          />
        );
      }}
    </Panel>
  );
}
