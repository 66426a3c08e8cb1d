import { Button, Group, Popover, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import type { SavedView } from '../../../src/server/index.ts';
import { session } from '../api/access.ts';
import { addSaved, type Given, replaceSaved, savedOf } from '../api/views.ts';
import { useView } from '../app/use-view.ts';

const LONGEST_NAME = 120;

/** Pages that are no question to the flows. */
const NO_QUESTION = /^\/(views|dashboard|docs|settings|add)\b/;

/** Keeps what the page shows, as its address says it, under a name. */
export function SaveView() {
  const [isOpen, setOpen] = useState(false);
  const { pathname } = useLocation();
  if (NO_QUESTION.test(pathname)) return null;
  return (
    <Popover position="bottom-end" withArrow trapFocus returnFocus opened={isOpen} onChange={setOpen}>
      <Popover.Target>
        <Button size="compact-xs" variant="default" aria-label="Save this view" onClick={() => setOpen(!isOpen)}>
          save
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <SaveForm onOpened={() => setOpen(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function SaveForm({ onOpened }: { onOpened: () => void }) {
  const { pathname } = useLocation();
  // Colons of an address may be packed.
  const page = decodeURIComponent(pathname);
  const { view } = useView();
  const client = useQueryClient();
  const [name, setName] = useState('');
  /** Null until somebody says: what was shared stays so. */
  const [shared, setShared] = useState<boolean | null>(null);
  const { data: saved = [] } = useQuery(savedOf('views'));
  const { data: caller } = useQuery(session());
  const save = useMutation({
    mutationFn: ({ old, given }: { old: SavedView | undefined; given: Given<'views'> }) =>
      old === undefined ? addSaved('views', given) : replaceSaved('views', old, given),
    onSettled: () => client.invalidateQueries(savedOf('views')),
  });
  // Another's view of this name stays as it is.
  const old = saved.find((other) => other.name === name.trim() && other.owner === caller?.name);
  const given = { name: name.trim(), page, state: { ...view }, shared: shared ?? old?.shared ?? false };
  const isNamed = given.name !== '';
  if (save.isSuccess)
    return (
      <Text size="sm">
        Saved as {save.data.name}.{' '}
        <Link to="/views" onClick={onOpened}>
          All views
        </Link>
      </Text>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isNamed) save.mutate({ old, given });
      }}
    >
      <Stack gap={8} w={260}>
        <TextInput
          size="xs"
          label="Name of the view"
          value={name}
          maxLength={LONGEST_NAME}
          data-autofocus
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Switch
          size="xs"
          label="others of this node may read it"
          checked={given.shared}
          onChange={({ currentTarget }) => setShared(currentTarget.checked)}
        />
        <Group gap={8}>
          <Button type="submit" size="compact-sm" disabled={!isNamed} loading={save.isPending}>
            {old === undefined ? 'Save' : 'Replace'}
          </Button>
          {old !== undefined && (
            <Button size="compact-sm" variant="default" onClick={() => save.mutate({ old: undefined, given })}>
              Save a second one
            </Button>
          )}
        </Group>
        {save.error !== null && (
          <Text size="xs" c="red" role="alert">
            {save.error.message}
          </Text>
        )}
      </Stack>
    </form>
  );
}
