import { Alert, Button, Card, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { change } from '../api/access.ts';

/** The first admin chooses a name and a password. The code is behind the `#` of the link that the node printed. */
export function FirstVisit() {
  const client = useQueryClient();
  const navigate = useNavigate();
  // Kept here: it leaves the address bar, and with it the history, as soon as it was used.
  const [code] = useState(() => window.location.hash.slice(1));
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const begin = async () => {
    try {
      await change('POST', 'session/first', { code, name: name.trim(), password });
      await navigate({ to: '/', replace: true });
      await client.resetQueries();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <Card withBorder maw={420} mx="auto" mt={40}>
      <Title order={2} size="h4" mb={8}>
        The first user
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void begin();
        }}
      >
        <Stack gap={8}>
          <Text size="sm">
            You will be the admin of this node: you add others, and say what they see. This link works once.
          </Text>
          <TextInput
            label="Name"
            description="a to z, 0 to 9 and . _ @ -"
            autoComplete="username"
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            required
            autoFocus
          />
          <PasswordInput
            label="Password"
            description="at least 8 characters"
            autoComplete="new-password"
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
            required
          />
          {problem !== '' && <Alert color="red">{problem}</Alert>}
          <Button type="submit" variant="default">
            Begin
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
