import { Box, SimpleGrid, Stack } from '@mantine/core';
import { FirstSteps, FirstStepsNotice } from '../parts/first-steps.tsx';
import { FlowGraph } from '../parts/flow-graph.tsx';
import { ListedContacts } from '../parts/listed-contacts.tsx';
import { LiveProcesses } from '../parts/live-processes.tsx';
import { LiveTraffic } from '../parts/live-traffic.tsx';
import { TopTable } from '../parts/top-table.tsx';

const TALKERS = 12;

/** Who sends and receives most at the left; at the right what arrives now, above the range; below what it is. */
export function OverviewPage() {
  return (
    <Stack gap={8}>
      <FirstStepsNotice />
      <Box className="overview">
        <Stack gap={8} className="overview-left">
          <TopTable title="Talkers" by="src_addr" limit={TALKERS} />
          <TopTable title="Destinations" by="dst_addr" limit={TALKERS} />
        </Stack>
        <Stack gap={8} className="overview-right">
          <LiveTraffic />
          <FlowGraph />
        </Stack>
      </Box>
      <ListedContacts />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing={8} verticalSpacing={8}>
        <LiveProcesses />
        <TopTable title="Applications" by="application" />
        <TopTable title="Processes" by="process" where={'process != ""'} />
        <TopTable title="Autonomous systems, destination" by="dst_as" where="dst_as != 0" />
      </SimpleGrid>
      <FirstSteps />
    </Stack>
  );
}
