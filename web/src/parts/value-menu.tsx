import { Menu, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useContext, useRef } from 'react';
import { type AnswerNames, valueText } from '../../../src/chart/index.ts';
import { protocolName } from '../../../src/flow/index.ts';
import { allBut, conditionOf } from '../app/conditions.ts';
import { LookUpHere } from '../app/look-up-here.ts';
import { useView } from '../app/use-view.ts';
import { sharedPart, withCondition } from '../app/view.ts';
import { hostSearch } from './host-link.tsx';

interface ValueMenuProps {
  /** The column of flows that the value is of. */
  readonly column: string;
  readonly value: string | number;
  /** As it is shown, where that is not as it is written. */
  readonly text?: string;
  /** Of the answer that the value is from. */
  readonly names?: AnswerNames;
  /** Whose interface it is. */
  readonly exporter?: string;
}

/** Of whole addresses: of a prefix there is no page. */
const isHost = (column: string, value: string | number) => /(^|_)addr$/.test(column) && !String(value).includes('/');

/** A value of flows, and what can be done with it: a click or Enter opens the list. */
export function ValueMenu({ column, value, text, names, exporter }: ValueMenuProps) {
  const shown = text ?? shownAs(column, value, names, exporter);
  const place = useRef<HTMLButtonElement>(null);
  const lookUp = useContext(LookUpHere);
  const lookedUp = () => lookUp(String(value), () => place.current?.focus());
  return (
    // The first choice has the focus: what Mantine gives it to instead is no part that a menu may have.
    <Menu position="bottom-start" shadow="md" menuItemTabIndex={0} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton ref={place} className="value" fz="inherit" title={`What can be done with ${shown}`}>
          {shown}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Choices column={column} value={value} lookUp={lookedUp} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** Filters stay on the page; what else leads on has the filter that holds here, and this too. */
function Choices({ column, value, lookUp }: Pick<ValueMenuProps, 'column' | 'value'> & { lookUp: () => void }) {
  const { view, asked, change } = useView();
  const condition = conditionOf(column, value);
  const search = { ...sharedPart(view), filter: withCondition(asked.filter, condition) };
  return (
    <>
      <Menu.Label className="value">{condition}</Menu.Label>
      <Menu.Item onClick={() => change({ filter: withCondition(view.filter, condition) })}>Only this</Menu.Item>
      <Menu.Item onClick={() => change({ filter: withCondition(view.filter, allBut(column, value)) })}>
        All but this
      </Menu.Item>
      <Menu.Divider />
      {isHost(column, value) && (
        <Menu.Item
          renderRoot={(props) => (
            <Link {...props} to="/host/$address" params={{ address: String(value) }} search={hostSearch(view)} />
          )}
        >
          This host: names, places, peers
        </Menu.Item>
      )}
      {isHost(column, value) && <Menu.Item onClick={lookUp}>Look up: name, system, country, lists</Menu.Item>}
      <Menu.Item renderRoot={(props) => <Link {...props} to="/flows" search={search} />}>Its flows</Menu.Item>
      <Menu.Item renderRoot={(props) => <Link {...props} to="/hosts" search={search} />}>Its hosts</Menu.Item>
      <Menu.Item renderRoot={(props) => <Link {...props} to="/networks" search={search} />}>Its networks</Menu.Item>
      <Menu.Item renderRoot={(props) => <Link {...props} to="/explore" search={{ ...search, by: column }} />}>
        Its graph
      </Menu.Item>
    </>
  );
}

/** Protocols and autonomous systems by name: few know that 58 is ICMPv6. */
function shownAs(column: string, value: string | number, names?: AnswerNames, exporter?: string): string {
  if (column === 'protocol' && Number.isInteger(Number(value))) return protocolName(Number(value));
  return valueText(column, String(value), names, exporter);
}
