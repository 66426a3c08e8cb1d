import { Button, CopyButton, Group, Popover, Switch, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import type { SavedView } from '../../../src/server/index.ts';
import { deleteView, replaceView, savedViews, type ViewToSave } from '../api/views.ts';
import { readView, type View } from '../app/view.ts';

/** One saved view: where it leads, and what can be done with it. */
export function SavedViewRow({ saved }: { saved: SavedView }) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries(savedViews());
  const change = useMutation({
    mutationFn: (part: Partial<ViewToSave>) => replaceView(saved, { ...saved, ...part }),
    onSettled,
  });
  const remove = useMutation({ mutationFn: () => deleteView(saved), onSettled });
  const address = useAddress(saved);
  const error = change.error ?? remove.error;
  return (
    <Table.Tr>
      <Table.Td className="value">
        <a href={address}>{saved.name}</a>
        {error !== null && (
          <Text size="xs" c="red" role="alert">
            {error.message}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="value">{wordsOf(saved)}</Table.Td>
      <Table.Td>{saved.owner}</Table.Td>
      <Table.Td>
        <Switch
          size="xs"
          aria-label={`${saved.name} is shared`}
          checked={saved.shared}
          disabled={change.isPending}
          onChange={({ currentTarget }) => change.mutate({ shared: currentTarget.checked })}
        />
      </Table.Td>
      <Table.Td>{new Date(saved.changed).toLocaleString()}</Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          <CopyButton value={`${location.origin}${address}`}>
            {({ copied, copy }) => (
              <Button
                size="compact-xs"
                variant="default"
                onClick={copy}
                aria-label={`${copied ? 'copied' : 'copy link'}: ${saved.name}`}
              >
                {copied ? 'copied' : 'copy link'}
              </Button>
            )}
          </CopyButton>
          <Rename name={saved.name} onRenamed={(name) => change.mutate({ name })} />
          <Delete name={saved.name} onDeleted={() => remove.mutate()} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

/** The page with the state of the view in its address. */
function useAddress({ page, state }: SavedView): string {
  const router = useRouter();
  // A page of another version of the dashboard is one that is not found.
  return router.buildLocation({ to: page as '/', search: readView(state) }).href;
}

function wordsOf({ page, state }: SavedView): string {
  const { last, from, to, by, metric, filter }: View = readView(state);
  const range =
    from === undefined || to === undefined
      ? `last ${last ?? '1h'}`
      : `${new Date(from).toLocaleString()} to ${new Date(to).toLocaleString()}`;
  return [page, range, by === undefined ? '' : `by ${by}`, metric, filter].filter(Boolean).join(' · ');
}

function Rename({ name, onRenamed }: { name: string; onRenamed: (name: string) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState(name);
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus withArrow>
      <Popover.Target>
        <Button size="compact-xs" variant="default" onClick={() => setOpen(!isOpen)} aria-label={`Rename ${name}`}>
          rename
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() === '') return;
            setOpen(false);
            onRenamed(text.trim());
          }}
        >
          <Group gap={4}>
            <TextInput
              size="xs"
              aria-label="New name"
              value={text}
              maxLength={120}
              data-autofocus
              onChange={({ currentTarget }) => setText(currentTarget.value)}
            />
            <Button type="submit" size="compact-sm">
              Rename
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

function Delete({ name, onDeleted }: { name: string; onDeleted: () => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus withArrow>
      <Popover.Target>
        <Button size="compact-xs" variant="default" onClick={() => setOpen(!isOpen)} aria-label={`Delete ${name}`}>
          delete
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Button size="compact-sm" color="red" variant="outline" onClick={onDeleted}>
          Delete it for good
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
