import { Box, Code, Modal, Table, Text, Title, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { qualityLine } from '../../../src/truth/index.ts';
import { qualityDetails } from './quality-details.ts';

type Quality = QueryAnswer['quality'];

interface QualityStripProps {
  readonly quality: Quality;
  readonly plan: QueryAnswer['plan'];
  /** Which answer, where several stand together. */
  readonly of?: string;
}

/** What an answer is worth, under it, in the words of the command line; opens to all that is known of it. */
export function QualityStrip({ quality, plan, of }: QualityStripProps) {
  const [opened, { open, close }] = useDisclosure(false);
  const line = qualityLine(quality, { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, nowMs: Date.now() });
  const parts = line.replace(/^quality: /, '').split(' · ');
  return (
    <>
      <UnstyledButton className="strip" px={8} py={4} onClick={open} aria-label={`Quality of this answer: ${line}`}>
        {of === undefined ? '' : `${of}: `}
        {parts.join(' · ')}
      </UnstyledButton>
      <Modal opened={opened} onClose={close} title="What this answer is worth" size="lg">
        <Text size="sm">{line.replace(/^quality: /, '')}</Text>
        <Text size="sm" mt="sm">
          Answered from {plan.level === 'raw' ? 'flow records' : `history of ${plan.level}`}: {plan.reason}
        </Text>
        {opened &&
          qualityDetails(quality).map(({ title, details }) => (
            <Box component="section" key={title} mt="md">
              <Title order={3} size="sm">
                {title}
              </Title>
              <Table aria-label={title} verticalSpacing={2} layout="fixed">
                <Table.Tbody>
                  {details.map(({ what, is }) => (
                    <Table.Tr key={`${what} ${is}`}>
                      <Table.Th scope="row" className="value" fw={400}>
                        {what}
                      </Table.Th>
                      <Table.Td className="value">{is}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Box>
          ))}
        <details style={{ marginTop: 16 }}>
          <summary>As the API tells it</summary>
          <Code block mah={320} style={{ overflow: 'auto' }}>
            {JSON.stringify(quality, null, 2)}
          </Code>
        </details>
      </Modal>
    </>
  );
}
