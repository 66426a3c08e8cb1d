import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useView } from '../app/use-view.ts';
import { sharedPart, type View } from '../app/view.ts';

/** The page of a host shows all that it does: the range goes along, what was filtered before does not. */
export function hostSearch(view: View): View {
  const { filter: _, ...rest } = sharedPart(view);
  return rest;
}

/** An address that leads to the page of its host. */
export function HostLink({ address }: { address: string }) {
  const { view } = useView();
  return (
    <Anchor
      inherit
      renderRoot={(props) => <Link {...props} to="/host/$address" params={{ address }} search={hostSearch(view)} />}
    >
      {address}
    </Anchor>
  );
}
