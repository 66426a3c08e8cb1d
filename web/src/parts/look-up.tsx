import { Alert, Anchor, Modal, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useView, Within } from '../app/use-view.ts';
import { hostSearch } from './host-link.tsx';
import { AddressFacts, knownAddress } from './known-address.tsx';
import { TopTable } from './top-table.tsx';

/** What is known of an address by data that the node has, with which data that is, and the names it was asked for in the range of the page. */
export function LookUp({ address, close }: { address: string; close: () => void }) {
  const { view } = useView();
  const { data, error } = useQuery(knownAddress(address));
  return (
    <Modal opened onClose={close} title={`What is known of ${address}`} size="lg">
      <Stack gap={8}>
        {error !== null && <Alert color="red">{error.message}</Alert>}
        {data !== undefined && <AddressFacts {...data} />}
        <Within value={`server_addr = ${address}`}>
          <TopTable title="Names that it was asked for" by="server_name" where={'server_name != ""'} limit={5} />
        </Within>
        <Anchor
          renderRoot={(props) => <Link {...props} to="/host/$address" params={{ address }} search={hostSearch(view)} />}
        >
          All that it did
        </Anchor>
      </Stack>
    </Modal>
  );
}
