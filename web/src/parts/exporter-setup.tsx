import { Anchor, Box, Group, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ExporterLines, exporterLines, type OpenDoors } from '../../../src/server/index.ts';
import { type NodeAddress, type NodeDoor, nodeInfo } from '../api/node.ts';
import { CopiedCode } from './copied-code.tsx';

/** What to tell a router so that it sends its flows to this node: exact lines with its address and ports. */
export function ExporterSetup() {
  const { data } = useQuery(nodeInfo());
  return (
    <Box className="panel" component="section" aria-label="Point a router here" p={8}>
      <Title order={2} mb={4}>
        Point a router here
      </Title>
      {data !== undefined && <Lines doors={data.doors.filter(({ name }) => name !== 'ipfix-tcp')} />}
    </Box>
  );
}

function Lines({ doors }: { doors: readonly NodeDoor[] }) {
  const addresses = addressesOf(doors);
  const [id, setId] = useState('ios-xe');
  const [chosen, setChosen] = useState('');
  const address = addresses.find((own) => own.address === chosen) ?? addresses[0];
  if (address === undefined)
    return (
      <Text size="sm">
        No port is open for flows. Start the node with <code>--netflow</code>, <code>--ipfix</code> or{' '}
        <code>--sflow</code>, such as <code>weir up --ipfix 0.0.0.0:4739</code>.
      </Text>
    );
  const lines = exporterLines(address.address, openAt(doors, address.address));
  const guide = lines.find((one) => one.id === id) ?? lines[0]!;
  return (
    <Stack gap={8}>
      <Group gap={8} align="end">
        <NativeSelect
          size="xs"
          label="what sends"
          value={guide.id}
          data={lines.map(({ id: value, name: label }) => ({ value, label }))}
          onChange={({ currentTarget }) => setId(currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label="to this address of the node"
          value={address.address}
          data={addresses.map((own) => ({ value: own.address, label: `${own.address} (${own.interface})` }))}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        />
      </Group>
      {address.loopback && (
        <Text size="sm">
          Only this machine itself can send there. For others start the node with <code>--ipfix 0.0.0.0:4739</code>.
        </Text>
      )}
      <Guide guide={guide} address={address.address} />
    </Stack>
  );
}

function Guide({ guide, address }: { guide: ExporterLines; address: string }) {
  const ports = [...new Set(guide.ways.map(({ port }) => port))];
  const ends = ports.map((port) => `udp port ${port}`).join(' or ');
  return (
    <Stack gap={8}>
      <Text size="sm">{guide.note}</Text>
      {guide.ways.map(({ title, text, isSteps }) => (
        <div key={title}>
          <Title order={3} fz="sm" mb={2}>
            {title}
          </Title>
          {isSteps ? <Text size="sm">{text}</Text> : <CopiedCode text={text} label={`${guide.name}: ${title}`} />}
        </div>
      ))}
      <Text size="sm">
        <strong>Then look:</strong> on the exporter, {guide.check}. This page says under “Heard from” when something
        comes, within a minute or two. If nothing does, <code>tcpdump -ni any '{ends}'</code> on this machine says
        whether datagrams arrive; let them through the firewall to {address}, from the exporters only.
      </Text>
      <Text size="xs" c="dimmed">
        {guide.isTried
          ? 'We ran these lines.'
          : 'Put together from the maker’s manual, not run by us: names of commands differ between releases.'}{' '}
        <Anchor href={guide.manual} target="_blank" rel="noreferrer" size="xs" inherit underline="always">
          The manual
        </Anchor>
      </Text>
    </Stack>
  );
}

/** Each once, in the order in which the node tells them. */
function addressesOf(doors: readonly NodeDoor[]): NodeAddress[] {
  const all = doors.flatMap(({ addresses }) => addresses);
  return [...new Map(all.map((own) => [own.address, own])).values()].sort(
    (a, b) => Number(a.loopback) - Number(b.loopback),
  );
}

/** The ports that are open at an address. */
function openAt(doors: readonly NodeDoor[], address: string): OpenDoors {
  const open = doors.filter(({ addresses }) => addresses.some((own) => own.address === address));
  return Object.fromEntries(open.map(({ name, port }) => [name, port]));
}
