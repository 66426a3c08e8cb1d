import { Alert, Button, Group, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { change, listOf, type User } from '../api/access.ts';
import { AccessList, timeOf, useChange } from './access-list.tsx';
import { ConfirmRemove } from './confirm-remove.tsx';
import { EditUser } from './edit-user.tsx';

const NOBODY = { name: '', password: '', role: 'viewer', limit: '' };
const ROLES = ['viewer', 'operator', 'admin'];

/** Users: who may sign in, and what they see. */
export function UserTable() {
  const { data, error } = useQuery(listOf<{ users: readonly User[] }>('users'));
  const { problem, run } = useChange();
  const remove = (name: string) => run(() => change('DELETE', `users/${encodeURIComponent(name)}`));
  const rows = (data?.users ?? []).map((user) => {
    const { name, role, limit, created } = user;
    return {
      key: name,
      cells: [
        name,
        role,
        limit ?? 'all traffic',
        timeOf(created),
        <Group key="changes" gap={4}>
          <EditUser user={user} roles={ROLES} />
          <ConfirmRemove
            name={name}
            goes={`Sessions, and views and dashboards that are ${name}’s alone, go too. What was shared stays.`}
            remove={() => void remove(name)}
          />
        </Group>,
      ],
    };
  });
  return (
    <>
      <AccessList
        name="Users"
        titles={['User', 'Role', 'Sees', 'Since', ' ']}
        rows={rows}
        error={error}
        empty="There is no user: everybody on this machine may do anything. The first one must be an admin."
      />
      {problem !== '' && <Alert color="red">{problem}</Alert>}
      <NewUser add={(user) => run(() => change('POST', 'users', user))} isFirst={data?.users.length === 0} />
    </>
  );
}

interface NewUserProps {
  readonly add: (user: object) => Promise<boolean>;
  readonly isFirst: boolean;
}

function NewUser({ add, isFirst }: NewUserProps) {
  const [user, setUser] = useState(NOBODY);
  const role = isFirst ? 'admin' : user.role;
  const set = (part: Partial<typeof NOBODY>) => setUser((before) => ({ ...before, ...part }));
  const submit = async () => {
    if (await add({ ...user, role, limit: user.limit.trim() === '' ? null : user.limit })) setUser(NOBODY);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Group align="end" gap={8} mt={12}>
        <TextInput
          label="Name"
          autoComplete="off"
          value={user.name}
          onChange={(e) => set({ name: e.currentTarget.value })}
          required
        />
        <PasswordInput
          label="Password"
          autoComplete="new-password"
          w={200}
          value={user.password}
          onChange={(e) => set({ password: e.currentTarget.value })}
          required
        />
        <NativeSelect
          label="Role"
          data={ROLES}
          value={role}
          disabled={isFirst}
          onChange={(e) => set({ role: e.currentTarget.value })}
        />
        <TextInput
          label="Sees no more than (filter)"
          placeholder="net 10.2.0.0/16"
          value={user.limit}
          disabled={role === 'admin'}
          onChange={(e) => set({ limit: e.currentTarget.value })}
        />
        <Button type="submit" variant="default">
          Add user
        </Button>
      </Group>
    </form>
  );
}
