import { Alert, Anchor, SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { nodeInfo, streams } from '../api/node.ts';
import { useIsStoreEmpty } from '../api/stored.ts';
import { ExporterSetup } from './exporter-setup.tsx';
import { HeardExporters } from './heard-exporters.tsx';
import { isOwnMeter } from './own-meter.ts';

/** Whether nobody has sent flows to this node yet, and somebody could: not where what is stored is made up. */
function useIsNew(): boolean {
  const { data: known } = useQuery(streams());
  const { data: node } = useQuery(nodeInfo());
  if (known === undefined || node === undefined) return false;
  return known.every(isOwnMeter) && node.made_up.length === 0 && node.doors.length > 0;
}

/** One line above what there is to see. */
export function FirstStepsNotice() {
  const isEmpty = useIsStoreEmpty();
  if (!useIsNew()) return null;
  return (
    <Alert
      color="teal"
      p={8}
      title={isEmpty ? 'No flow has been kept on this node yet' : 'So far this machine alone is seen'}
    >
      No router has sent flows yet: the lines for yours are below, and on the page{' '}
      <Anchor component={Link} to="/add" inherit underline="always">
        Add data
      </Anchor>
      , which says how to add a host too.
    </Alert>
  );
}

/** What to do next, with the lines to do it. */
export function FirstSteps() {
  if (!useIsNew()) return null;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing={8} verticalSpacing={8}>
      <ExporterSetup />
      <HeardExporters />
    </SimpleGrid>
  );
}
