import { Box, Group, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { bitRate } from '../../../src/chart/index.ts';
import type { LiveLine } from '../../../src/server/index.ts';
import { nodeInfo } from '../api/node.ts';
import { useLive } from '../api/use-live.ts';

/** What this machine sends and receives at the moment, by process, second by second. */
export function LiveProcesses() {
  const { data } = useQuery(nodeInfo());
  return (
    <Box className="panel" component="section" aria-label="This machine, now">
      {/* A view that the node has not is not asked for. */}
      {data?.no_live_view === null ? <Seconds /> : <NoSeconds why={data?.no_live_view ?? ''} />}
    </Box>
  );
}

function Seconds() {
  const { second, problem } = useLive();
  if (second === null) return <NoSeconds why={problem ?? 'Waiting for the first second.'} />;
  return (
    <>
      <Group justify="space-between" px={8} py={6}>
        <Heading />
        <Text size="xs" className="number">
          ↑ {bitRate(rate(second.total.out_bytes, second))} ↓ {bitRate(rate(second.total.in_bytes, second))}
        </Text>
      </Group>
      <Processes second={second} />
    </>
  );
}

function NoSeconds({ why }: { why: string }) {
  return (
    <Box px={8} py={6}>
      <Heading />
      <Text size="sm" c="dimmed" py="md">
        {why}
      </Text>
    </Box>
  );
}

const Heading = () => <Title order={2}>This machine, now</Title>;

const SHOWN = 7;

function Processes({ second }: { second: LiveLine }) {
  const groups = second.by.process?.groups.slice(0, SHOWN) ?? [];
  return (
    <>
      <Table aria-label="Processes, now">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>process</Table.Th>
            <Table.Th className="number">out</Table.Th>
            <Table.Th className="number">in</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {groups.map(({ group, out_bytes, in_bytes }) => (
            <Table.Tr key={`${group.process} ${group.pid} ${group.user} ${group.app}`}>
              <Table.Td className="value">
                {group.process ?? <em>not known</em>} <small>{[group.pid, group.user].filter(Boolean).join(' ')}</small>
              </Table.Td>
              <Table.Td className="number">{bitRate(rate(out_bytes, second))}</Table.Td>
              <Table.Td className="number">{bitRate(rate(in_bytes, second))}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text className="strip" px={8} py={4}>
        {[
          `metered by ${second.level}`,
          second.quality.unmetered_packets === 0
            ? 'every packet is in a flow'
            : `${second.quality.unmetered_packets} packets in no flow`,
          ...(second.missed > 0 ? [`${second.missed} seconds were not read in time`] : []),
          ...(second.quality.removed.packets > 0
            ? [`${second.quality.removed.packets} packets left out by the privacy policy`]
            : []),
        ].join(' · ')}
      </Text>
    </>
  );
}

function rate(bytes: number, { from, to }: LiveLine): number {
  return (bytes * 8_000) / Math.max(1, to - from);
}
