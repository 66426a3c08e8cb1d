import { Alert, Button, NativeSelect, PasswordInput, Popover, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { change, type User } from '../api/access.ts';
import { useChange } from './access-list.tsx';

interface EditUserProps {
  readonly user: User;
  readonly roles: readonly string[];
}

/** Another role, limit or password for a user, whose sessions then end. */
export function EditUser({ user, roles }: EditUserProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus withArrow>
      <Popover.Target>
        <Button size="compact-xs" variant="default" onClick={() => setOpen(!isOpen)}>
          Change {user.name}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>{isOpen && <Form user={user} roles={roles} close={() => setOpen(false)} />}</Popover.Dropdown>
    </Popover>
  );
}

function Form({ user, roles, close }: EditUserProps & { close: () => void }) {
  const [role, setRole] = useState<string>(user.role);
  const [limit, setLimit] = useState(user.limit ?? '');
  const [password, setPassword] = useState('');
  const { problem, run } = useChange();
  const save = async () => {
    const body = {
      role,
      limit: role === 'admin' || limit.trim() === '' ? null : limit,
      ...(password === '' ? {} : { password }),
    };
    if (await run(() => change('POST', `users/${encodeURIComponent(user.name)}`, body))) close();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack gap={8}>
        <NativeSelect
          size="xs"
          label="Role"
          data={[...roles]}
          value={role}
          onChange={({ currentTarget }) => setRole(currentTarget.value)}
        />
        <TextInput
          size="xs"
          label="Sees no more than (filter)"
          placeholder="all traffic"
          value={limit}
          disabled={role === 'admin'}
          onChange={({ currentTarget }) => setLimit(currentTarget.value)}
        />
        <PasswordInput
          size="xs"
          label="New password"
          placeholder="stays as it is"
          autoComplete="new-password"
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
        />
        {problem !== '' && <Alert color="red">{problem}</Alert>}
        <Button type="submit" size="compact-sm" variant="default">
          Save, and end the sessions of {user.name}
        </Button>
      </Stack>
    </form>
  );
}
