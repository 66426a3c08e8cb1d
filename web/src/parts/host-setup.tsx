import { Box, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { nodeInfo } from '../api/node.ts';
import { CopiedCode } from './copied-code.tsx';

const EXAMPLE = { address: '192.0.2.10', port: 4739 };

/** How another machine is made to send what its programs send and receive, by process and user. */
export function HostSetup() {
  const { data } = useQuery(nodeInfo());
  const door = data?.doors.find(({ name }) => name === 'ipfix') ?? data?.doors.find(({ name }) => name !== 'ipfix-tcp');
  const own = door?.addresses.find(({ loopback }) => !loopback) ?? door?.addresses[0];
  const { address, port } = own && door ? { address: own.address, port: door.port } : EXAMPLE;
  const target = `ipfix://${address.includes(':') ? `[${address}]` : address}:${port}`;
  return (
    <Box className="panel" component="section" aria-label="Add a host" p={8}>
      <Title order={2} mb={4}>
        Add a host
      </Title>
      <Stack gap={8}>
        <Text size="sm">
          This machine is metered already where it can be: <code>weir doctor</code> says how well. Another Linux machine
          with Weir on it, as root, keeps its own flows by process and user and sends each to this node as well:
        </Text>
        <CopiedCode label="An agent that forwards" text={agentLines(target)} />
        <Text size="sm">
          Or, where it is to have a dashboard of its own: <code>weir up --host-forward {target}</code>. Here its records
          have the column <code>host</code>.
        </Text>
      </Stack>
    </Box>
  );
}

function agentLines(target: string): string {
  return `useradd --system --no-create-home --shell /usr/sbin/nologin weir
echo 'host_forward: ${target}' > /etc/weir-agent.yaml
weir agent --data /var/lib/weir-agent --config /etc/weir-agent.yaml`;
}
