import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { written } from '../app/conditions.ts';
import { useView } from '../app/use-view.ts';
import { sharedPart, withCondition } from '../app/view.ts';

interface InterfaceLinkProps {
  /** The address that the export came from. */
  readonly exporter: string;
  readonly index: string;
}

/** The number of an interface, and a way to all that passed it. */
export function InterfaceLink({ exporter, index }: InterfaceLinkProps) {
  const { view, asked } = useView();
  const condition = `exporter = ${written(exporter)} and (in_if = ${index} or out_if = ${index})`;
  const search = { ...sharedPart(view), filter: withCondition(asked.filter, condition), by: 'application' };
  return (
    <Anchor
      inherit
      renderRoot={(props) => (
        <Link {...props} to="/explore" search={search} aria-label={`What passed interface ${index} of ${exporter}`} />
      )}
    >
      {index}
    </Anchor>
  );
}
