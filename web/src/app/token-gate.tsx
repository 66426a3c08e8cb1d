import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { health } from '../api/answers.ts';
import { ApiError } from '../api/fetch-json.ts';
import { keepToken } from '../api/token.ts';

/** Asks for the token of a node that wants one. */
export function TokenGate() {
  const { error } = useQuery(health());
  const client = useQueryClient();
  const [text, setText] = useState('');
  const isWanted = error instanceof ApiError && error.status === 401;
  return (
    <Modal opened={isWanted} onClose={() => {}} withCloseButton={false} title="This node wants a token">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keepToken(text.trim());
          void client.resetQueries();
        }}
      >
        <Stack gap={8}>
          <PasswordInput label="Token" value={text} onChange={(e) => setText(e.currentTarget.value)} autoFocus />
          <Text size="sm" c="dimmed">
            It is in the file that <code>http_token_file</code> of the node names. It stays in this tab and is forgotten
            with it.
          </Text>
          <Button type="submit">Open</Button>
        </Stack>
      </form>
    </Modal>
  );
}
