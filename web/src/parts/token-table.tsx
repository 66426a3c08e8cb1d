import { Alert, Button, Code, Group, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { change, listOf, type Token } from '../api/access.ts';
import { AccessList, timeOf, useChange } from './access-list.tsx';
import { ConfirmRemove } from './confirm-remove.tsx';

const SCOPES = ['ask', 'operate', 'admin'];
const NEW = { name: '', scope: 'ask', limit: '' };

/** Tokens: what programs ask with. */
export function TokenTable() {
  const { data, error } = useQuery(listOf<{ tokens: readonly Token[] }>('tokens'));
  const { problem, run } = useChange();
  const [made, setMade] = useState<{ readonly name: string; readonly token: string } | null>(null);
  const remove = (name: string) => run(() => change('DELETE', `tokens/${encodeURIComponent(name)}`));
  const add = (token: object) =>
    run(async () => setMade(await change<{ name: string; token: string }>('POST', 'tokens', token)));
  const rows = (data?.tokens ?? []).map(({ name, scope, limit, by, expires, used }) => ({
    key: name,
    cells: [
      name,
      scope,
      limit ?? 'all traffic',
      by,
      timeOf(expires),
      timeOf(used),
      <ConfirmRemove
        key="remove"
        name={name}
        goes="Programs that ask with this token get no answer any more."
        remove={() => void remove(name)}
      />,
    ],
  }));
  return (
    <>
      <AccessList
        name="Tokens"
        titles={['Token', 'Scope', 'Sees', 'By', 'Until', 'Used', ' ']}
        rows={rows}
        error={error}
        empty="There is no token: programs on other machines cannot ask."
      />
      {problem !== '' && <Alert color="red">{problem}</Alert>}
      {made !== null && (
        <Alert color="teal" title={`The token ${made.name}, shown this once`} mt={8}>
          <Code>{made.token}</Code>
        </Alert>
      )}
      <NewToken add={add} />
    </>
  );
}

function NewToken({ add }: { readonly add: (token: object) => Promise<boolean> }) {
  const [token, setToken] = useState(NEW);
  const set = (part: Partial<typeof NEW>) => setToken((before) => ({ ...before, ...part }));
  const submit = async () => {
    if (await add({ ...token, limit: token.limit.trim() === '' ? null : token.limit })) setToken(NEW);
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
          value={token.name}
          onChange={(e) => set({ name: e.currentTarget.value })}
          required
        />
        <NativeSelect
          label="Scope"
          data={SCOPES}
          value={token.scope}
          onChange={(e) => set({ scope: e.currentTarget.value })}
        />
        <TextInput
          label="Sees no more than (filter)"
          value={token.limit}
          disabled={token.scope === 'admin'}
          onChange={(e) => set({ limit: e.currentTarget.value })}
        />
        <Button type="submit" variant="default">
          Make token
        </Button>
      </Group>
    </form>
  );
}
