import { Alert, Anchor, Button, Card, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../api/access.ts';
import { type ApiError, fetchJson } from '../api/fetch-json.ts';
import { forgetToken, keepToken } from '../api/token.ts';

/** In place of a page: a name and a password, or a token. `why`: what the node answered. */
export function SignIn({ why }: { why: ApiError }) {
  const hasUsers = why.details.users === true;
  const [byToken, setByToken] = useState(!hasUsers);
  return (
    <Card withBorder maw={380} mx="auto" mt={40}>
      <Title order={2} size="h4" mb={8}>
        {byToken ? 'This node wants a token' : 'Sign in'}
      </Title>
      {byToken ? <ByToken why={why} /> : <ByPassword />}
      {hasUsers && (
        <Anchor component="button" type="button" size="sm" mt={8} onClick={() => setByToken(!byToken)}>
          {byToken ? 'Sign in with name and password' : 'Use a token'}
        </Anchor>
      )}
    </Card>
  );
}

function ByPassword() {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const signIn = async () => {
    try {
      forgetToken();
      await change('POST', 'session', { name: name.trim(), password });
      await client.resetQueries();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void signIn();
      }}
    >
      <Stack gap={8}>
        <TextInput
          label="Name"
          autoComplete="username"
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          required
          autoFocus
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          required
        />
        {problem !== '' && <Alert color="red">{problem}</Alert>}
        <Button type="submit" variant="default">
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

function ByToken({ why }: { why: ApiError }) {
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const open = async () => {
    keepToken(text.trim());
    try {
      await fetchJson('/api/v1/session');
      await client.resetQueries();
    } catch (error) {
      forgetToken();
      setProblem((error as Error).message);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void open();
      }}
    >
      <Stack gap={8}>
        <PasswordInput label="Token" value={text} onChange={(e) => setText(e.currentTarget.value)} autoFocus />
        <Text size="sm">{why.message}</Text>
        {problem !== '' && <Alert color="red">{problem}</Alert>}
        <Text size="sm" c="dimmed">
          A token stays in this tab and is forgotten with it.
        </Text>
        <Button type="submit" variant="default">
          Open
        </Button>
      </Stack>
    </form>
  );
}
