import { Alert, Button, Modal, PasswordInput, Stack } from '@mantine/core';
import { useState } from 'react';
import { change } from '../api/access.ts';
import { useChange } from './access-list.tsx';

/** The own password, for those who know it; other sessions end. */
export function OwnPassword({ close }: { close: () => void }) {
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const { problem, run } = useChange();
  const save = async () => {
    if (await run(() => change('POST', 'session/password', { old, password }))) close();
  };
  return (
    <Modal opened onClose={close} title="Change the password">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Stack gap={8}>
          <PasswordInput
            label="Password now"
            autoComplete="current-password"
            value={old}
            required
            data-autofocus
            onChange={({ currentTarget }) => setOld(currentTarget.value)}
          />
          <PasswordInput
            label="New password"
            autoComplete="new-password"
            value={password}
            required
            onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          />
          {problem !== '' && <Alert color="red">{problem}</Alert>}
          <Button type="submit" variant="default">
            Change it, and end my other sessions
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
