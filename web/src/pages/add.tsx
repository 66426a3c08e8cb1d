import { SimpleGrid, Stack } from '@mantine/core';
import { ExporterSetup } from '../parts/exporter-setup.tsx';
import { HeardExporters } from '../parts/heard-exporters.tsx';
import { HostSetup } from '../parts/host-setup.tsx';

/** How flows come here: from routers and from hosts, and whether they do. */
export function AddPage() {
  return (
    <Stack gap={8}>
      <HeardExporters />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing={8} verticalSpacing={8}>
        <ExporterSetup />
        <HostSetup />
      </SimpleGrid>
    </Stack>
  );
}
