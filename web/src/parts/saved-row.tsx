import { Button, CopyButton, Group, Popover, Switch, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { minuteText } from '../../../src/chart/index.ts';
import { session } from '../api/access.ts';
import { deleteSaved, type Given, type Kind, replaceSaved, type Saved, savedOf } from '../api/views.ts';
import { Publish } from './publish.tsx';

interface SavedRowProps<K extends Kind> {
  readonly kind: K;
  readonly saved: Saved<K>;
  /** The same without what the node says of it. */
  readonly given: Given<K>;
  /** Where it is shown. */
  readonly address: string;
  /** What it is. */
  readonly words: string;
}

/** One saved view or dashboard: where it leads, and what can be done with it. */
export function SavedRow<K extends Kind>({ kind, saved, given, address, words }: SavedRowProps<K>) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries(savedOf(kind));
  const change = useMutation({
    mutationFn: (part: { name?: string; shared?: boolean }) => replaceSaved(kind, saved, { ...given, ...part }),
    onSettled,
  });
  const remove = useMutation({ mutationFn: () => deleteSaved(kind, saved), onSettled });
  const error = change.error ?? remove.error;
  const { data: caller } = useQuery(session());
  const mayChange = caller !== undefined && (caller.name === saved.owner || caller.role === 'admin');
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
      <Table.Td className="value" visibleFrom="sm">
        {words}
      </Table.Td>
      <Table.Td visibleFrom="sm">{saved.owner}</Table.Td>
      <Table.Td>
        <Switch
          size="xs"
          aria-label={`${saved.name} is shared`}
          checked={saved.shared}
          disabled={change.isPending || !mayChange}
          onChange={({ currentTarget }) => change.mutate({ shared: currentTarget.checked })}
        />
      </Table.Td>
      <Table.Td className="time" visibleFrom="sm">
        {minuteText(saved.changed)}
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
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
          <Picture id={saved.id} name={saved.name} address={address} />
          {mayChange && <Rename name={saved.name} onRenamed={(name) => change.mutate({ name })} />}
          <Publish kind={kind} id={saved.id} name={saved.name} />
          {mayChange && <Delete name={saved.name} onDeleted={() => remove.mutate()} />}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

/** Pages that are one chart (docs/how-to/share-views.md). */
const DRAWN = /^\/(explore|host\/[^?/]+)?(\?|$)/;

/** What it shows as a picture. A link carries no token: for who came with one it leads nowhere. */
function Picture({ id, name, address }: { id: string; name: string; address: string }) {
  const { data: caller } = useQuery(session());
  if (!DRAWN.test(address) || caller === undefined || caller.via === 'token') return null;
  return (
    <Button
      component="a"
      href={`/api/v1/graph.png?view=${id}`}
      target="_blank"
      size="compact-xs"
      variant="default"
      aria-label={`Picture of ${name}`}
    >
      picture
    </Button>
  );
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
