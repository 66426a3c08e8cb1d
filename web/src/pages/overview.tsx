import { SimpleGrid, Stack } from '@mantine/core';
import { FirstSteps, FirstStepsNotice } from '../parts/first-steps.tsx';
import { FlowGraph } from '../parts/flow-graph.tsx';
import { LiveProcesses } from '../parts/live-processes.tsx';
import { TopTable } from '../parts/top-table.tsx';

/** What goes through this node, now and in the range: the graph first, then who and what it is. */
export function OverviewPage() {
  return (
    <Stack gap={8}>
      <FirstStepsNotice />
      <FlowGraph />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing={8} verticalSpacing={8}>
        <LiveProcesses />
        <TopTable title="Talkers" by="src_addr" />
        <TopTable title="Destinations" by="dst_addr" />
        <TopTable title="Applications" by="application" />
        <TopTable title="Processes" by="process" where={'process != ""'} />
        <TopTable title="Autonomous systems, destination" by="dst_as" where="dst_as != 0" />
      </SimpleGrid>
      <FirstSteps />
    </Stack>
  );
}
