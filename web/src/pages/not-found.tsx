import { Anchor, Text } from '@mantine/core';

export function NotFoundPage() {
  return (
    <Text p="md">
      There is no such page here. <Anchor href="/">To the overview</Anchor>
    </Text>
  );
}
