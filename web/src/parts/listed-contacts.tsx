import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { health, reportOf } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { ofHost } from '../app/conditions.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs, sharedPart, withCondition } from '../app/view.ts';
import { Panel } from './panel.tsx';
import { ReportTableView } from './report-table.tsx';

const ROWS = 8;
/** As health names what it found of each list that is configured. */
const SUBJECT = 'block list ';

/** Hosts that touched an address of a block list; nothing where no list is configured. */
export function ListedContacts() {
  const { data } = useQuery(health());
  const hasLists = data?.findings.some(({ subject }) => subject.startsWith(SUBJECT)) === true;
  return hasLists ? <Contacts /> : null;
}

/** Each address leads to its host, the name of the list to the flows between both. */
function Contacts() {
  const { range, asked } = useView();
  const answer = useAnswer(reportOf('blocklist', { ...asked, limit: ROWS }, refetchMs(range)));
  return (
    <Panel
      title="Contacts with listed addresses"
      answer={answer}
      isEmpty={({ tables }) => tables.at(-1)!.rows.length === 0}
      empty="No flow of this range touches an address of the block lists."
    >
      {({ tables }) => {
        const contacts = tables.at(-1)!;
        const [host, listed] = ['address', 'listed'].map((name) => contacts.columns.findIndex((c) => c.name === name));
        return (
          <ReportTableView
            table={contacts}
            isDimension={() => false}
            cellOf={(column, text, row) =>
              column.name === 'blocklist' && <FlowsOf name={text} ends={[String(row[host!]), String(row[listed!])]} />
            }
          />
        );
      }}
    </Panel>
  );
}

/** The flows of one contact, with lists, sides, countries and processes. */
function FlowsOf({ name, ends }: { name: string; ends: readonly string[] }) {
  const { view } = useView();
  const condition = [...ends.map(ofHost), 'blocklist_side != none'].join(' and ');
  const search = { ...sharedPart(view), filter: withCondition(view.filter, condition), tab: 'lists' };
  return (
    <Anchor
      inherit
      title="The flows of this contact"
      renderRoot={(props) => <Link {...props} to="/flows" search={search} />}
    >
      {name}
    </Anchor>
  );
}
