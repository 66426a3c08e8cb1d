import { Code, Group, List, Modal, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { qualityLine } from '../../../src/truth/index.ts';

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
        <List size="sm" spacing={4}>
          {parts.map((part) => (
            <List.Item key={part}>{part}</List.Item>
          ))}
        </List>
        <Text size="sm" mt="md">
          Answered from {plan.level === 'raw' ? 'flow records' : `history of ${plan.level}`}: {plan.reason}
        </Text>
        <Group mt="md">
          <Code block mah={320} style={{ overflow: 'auto' }} w="100%">
            {JSON.stringify(quality, null, 2)}
          </Code>
        </Group>
      </Modal>
    </>
  );
}
