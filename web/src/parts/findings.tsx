import { Badge, Box, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Finding, health } from '../api/answers.ts';

const LEVELS = { fail: ['red', 'wrong'], warn: ['yellow', 'to look at'], ok: ['teal', 'well'] } as const;
const ORDER: readonly Finding['level'][] = ['fail', 'warn', 'ok'];

/** What the node finds when it looks at itself: what is wrong first, with what to do. */
export function Findings() {
  const { data, error } = useQuery(health());
  const findings = [...(data?.findings ?? [])].sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
  // Of all traffic: who sees a part of it gets none.
  if (findings.length === 0 && error === null) return null;
  return (
    <Box className="panel" component="section" aria-label="This node">
      <Title order={2} px={8} py={6}>
        This node
      </Title>
      {error !== null && (
        <Text size="sm" c="red" px={8} pb={8}>
          {error.message}
        </Text>
      )}
      <Box style={{ overflowX: 'auto' }}>
        <Table aria-label="What this node finds">
          <Table.Tbody>
            {findings.map(({ level, subject, text, advice }) => (
              <Table.Tr key={`${subject} ${text}`}>
                <Table.Td>
                  <Badge color={LEVELS[level][0]} variant="dot" size="sm" miw="max-content">
                    {LEVELS[level][1]}
                  </Badge>
                </Table.Td>
                <Table.Td>{subject}</Table.Td>
                <Table.Td className="value">
                  {text}
                  {advice !== undefined && (
                    <Text size="xs" c="dimmed">
                      {advice}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Box>
    </Box>
  );
}
