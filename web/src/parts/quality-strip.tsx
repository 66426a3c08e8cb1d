import { Button, Code, List, Modal, Table, Text, Title, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { qualityLine } from '../../../src/truth/index.ts';
import { type QualityPart, qualityParts } from './quality-details.ts';

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
  const [isRaw, raw] = useDisclosure(false);
  const line = qualityLine(quality, { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, nowMs: Date.now() });
  const parts = line.replace(/^quality: /, '').split(' · ');
  return (
    <>
      <UnstyledButton className="strip" px={8} py={4} onClick={open} aria-label={`Quality of this answer: ${line}`}>
        {of === undefined ? '' : `${of}: `}
        {parts.join(' · ')}
      </UnstyledButton>
      <Modal opened={opened} onClose={close} title="What this answer is worth" size="lg">
        <List size="sm" spacing={4}>
          {parts.map((part) => (
            <List.Item key={part}>{part}</List.Item>
          ))}
        </List>
        <Text size="sm" mt="md">
          Answered from {plan.level === 'raw' ? 'flow records' : `history of ${plan.level}`}: {plan.reason}
        </Text>
        {qualityParts(quality).map(({ title, lines }) => (
          <Details key={title} title={title} lines={lines} />
        ))}
        <Button size="compact-xs" variant="subtle" mt="md" aria-expanded={isRaw} onClick={raw.toggle}>
          {isRaw ? 'Hide' : 'Show'} as JSON
        </Button>
        {isRaw && (
          <Code block mah={320} style={{ overflow: 'auto' }} w="100%" tabIndex={0}>
            {JSON.stringify(quality, null, 2)}
          </Code>
        )}
      </Modal>
    </>
  );
}

function Details({ title, lines }: QualityPart) {
  return (
    <>
      <Title order={3} fz="sm" mt="md">
        {title}
      </Title>
      <Table aria-label={title} fz="sm" verticalSpacing={2}>
        <Table.Tbody>
          {lines.map(([label, value], i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two gaps may have one cause, and the list comes whole
            <Table.Tr key={i}>
              <Table.Td w="45%">{label}</Table.Td>
              <Table.Td className="value">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
