import { Box, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { numberOf } from '../../../src/chart/index.ts';
import { answerTo } from '../api/answers.ts';
import { isAddress, ofHost, written } from '../app/conditions.ts';
import { useView, Within } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { ActiveHours } from '../parts/active-hours.tsx';
import { FlowGraph } from '../parts/flow-graph.tsx';
import { AddressFacts, knownAddress } from '../parts/known-address.tsx';
import { ListedContacts } from '../parts/listed-contacts.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { QualityStrip } from '../parts/quality-strip.tsx';
import { ReportPanel } from '../parts/report-panel.tsx';
import { TopTable } from '../parts/top-table.tsx';

/** One host: what it sends and gets, with whom, by which programs, what it serves, when it is active, and what is known of its address. */
export function HostPage() {
  const { address } = useParams({ strict: false });
  if (address === undefined || !isAddress(address))
    return <Text>This is no address: expected one such as /host/192.0.2.1 or /host/2001:db8::1.</Text>;
  return <Host address={address} />;
}

function Host({ address }: { address: string }) {
  const { data } = useQuery(knownAddress(address));
  return (
    <Stack gap={8}>
      <Title order={2}>{address}</Title>
      {data !== undefined && (
        <Box className="panel">
          <AddressFacts {...data} />
        </Box>
      )}
      <Within value={ofHost(address)}>
        <WhereSeen>
          <SeenHost address={address} />
        </WhereSeen>
      </Within>
    </Stack>
  );
}

const HOUR_MS = 3_600_000;

/** Of a host without a flow one line says so, and what to do: a dozen empty answers would say no more. The question is that of its hours. */
function WhereSeen({ children }: { children: ReactNode }) {
  const { range, asked } = useView();
  const question = { ...asked, metrics: ['bytes'], by: [], every: HOUR_MS };
  const { data } = useQuery(answerTo(question, refetchMs(range)));
  if (data === undefined) return <FlowGraph />;
  if (numberOf(data.total.bytes) > 0) return children;
  return (
    <Text component="div" size="sm">
      <NothingHere what="No flow of this address matches in this range." />
      <QualityStrip quality={data.quality} plan={data.plan} />
    </Text>
  );
}

function SeenHost({ address }: { address: string }) {
  const is = (column: string) => `${column} = ${written(address)}`;
  return (
    <>
      <Within value={ofHost(address)}>
        <FlowGraph />
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing={8} verticalSpacing={8}>
          <TopTable title="Sends to" by="dst_addr" where={is('src_addr')} />
          <TopTable title="Gets from" by="src_addr" where={is('dst_addr')} />
          <TopTable title="Applications" by="application" />
          <TopTable title="Processes" by="process" where={'process != ""'} />
          <TopTable title="Users" by="user" where={'user != ""'} />
          <TopTable title="Ports served" by="server_port" where={is('server_addr')} />
          <TopTable title="Ports asked" by="server_port" where={is('client_addr')} />
          <TopTable title="Countries it sends to" by="dst_country" where={is('src_addr')} />
        </SimpleGrid>
      </Within>
      <Within value={is('server_addr')}>
        <ReportPanel name="servers" />
      </Within>
      <Within value={ofHost(address)}>
        <ListedContacts />
        <ActiveHours />
        <Title order={2}>What is known of the address</Title>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing={8} verticalSpacing={8}>
          <TopTable
            title="Names that it was asked for"
            by="server_name"
            where={`${is('server_addr')} and server_name != ""`}
          />
          <TopTable title="Its autonomous system" by="src_as" where={is('src_addr')} />
          <TopTable title="Its country" by="src_country" where={is('src_addr')} />
          <TopTable title="Its site" by="src_site" where={is('src_addr')} />
          <TopTable title="Its subnet" by="src_subnet" where={is('src_addr')} />
          <TopTable title="Block lists that it or a peer is on" by="blocklist" where={'blocklist != ""'} />
        </SimpleGrid>
      </Within>
    </>
  );
}
