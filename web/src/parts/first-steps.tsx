import { SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { nodeInfo, streams } from '../api/node.ts';
import { ExporterSetup } from './exporter-setup.tsx';
import { HeardExporters } from './heard-exporters.tsx';
import { isOwnMeter } from './own-meter.ts';

/** On a node that nobody has sent flows to yet: what to do next. Nothing once somebody has, and where what is stored is made up. */
export function FirstSteps() {
  const { data: known } = useQuery(streams());
  const { data: node } = useQuery(nodeInfo());
  if (known === undefined || node === undefined) return null;
  if (known.some((stream) => !isOwnMeter(stream)) || node.made_up.length > 0 || node.doors.length === 0) return null;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing={8} verticalSpacing={8}>
      <ExporterSetup />
      <HeardExporters />
    </SimpleGrid>
  );
}
