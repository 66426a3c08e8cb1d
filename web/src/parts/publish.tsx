import { Button, CopyButton, Group, NativeSelect, Popover, Stack, Text } from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { secondText } from '../../../src/chart/index.ts';
import { session } from '../api/access.ts';
import { publications, publish, revoke } from '../api/publications.ts';
import type { Kind } from '../api/views.ts';

const DAY_MS = 86_400_000;
const TERMS = [
  ['', 'until it is revoked'],
  ['1', 'for a day'],
  ['7', 'for a week'],
  ['30', 'for 30 days'],
] as const;

/** Publishes what was saved for people without an account, or ends it; nothing where the node publishes nothing, or the caller may not. */
export function Publish({ kind, id, name }: { kind: Kind; id: string; name: string }) {
  const { data } = useQuery(publications());
  const { data: caller } = useQuery(session());
  const [isOpen, setOpen] = useState(false);
  const [isMore, setMore] = useState(false);
  // The button that had the focus goes when it was pressed.
  useWindowEvent('keydown', ({ key }) => {
    if (key === 'Escape') setOpen(false);
  });
  if (data?.on !== true || caller === undefined || caller.role === 'viewer') return null;
  const own = data.publications.filter(({ of }) => of === id);
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus withArrow position="bottom-end">
      <Popover.Target>
        <Button
          size="compact-xs"
          variant={own.length > 0 ? 'light' : 'default'}
          onClick={() => setOpen(!isOpen)}
          aria-label={`${own.length > 0 ? 'Published' : 'Publish'}: ${name}`}
        >
          {own.length > 0 ? 'published' : 'publish'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw={360}>
        <Stack gap={8}>
          {own.map((publication) => (
            <Published key={publication.id} {...publication} />
          ))}
          {own.length === 0 || isMore ? (
            <PublishForm kind={kind} id={id} onPublished={() => setMore(false)} />
          ) : (
            <Button size="compact-xs" variant="default" onClick={() => setMore(true)}>
              publish once more, for another time
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Published({ id, expires, by }: { id: string; expires: number | null; by: string }) {
  const client = useQueryClient();
  const end = useMutation({ mutationFn: () => revoke(id), onSettled: () => client.invalidateQueries(publications()) });
  return (
    <Stack gap={4}>
      <Text size="xs">
        Published by {by}
        {expires === null ? '' : `, until ${secondText(expires)}`}
      </Text>
      <Group gap={4}>
        <a href={`/p/${id}`} target="_blank" rel="noreferrer">
          what strangers see
        </a>
        <CopyLink path={`/p/${id}`} what="public link" />
        <CopyLink path={`/api/v1/published/${id}/graph.png`} what="picture for a wiki" />
        <Button size="compact-xs" color="red" variant="outline" loading={end.isPending} onClick={() => end.mutate()}>
          Revoke
        </Button>
      </Group>
      {end.error !== null && <Problem text={end.error.message} />}
    </Stack>
  );
}

function CopyLink({ path, what }: { path: string; what: string }) {
  return (
    <CopyButton value={`${location.origin}${path}`}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" onClick={copy}>
          {copied ? 'copied' : `copy ${what}`}
        </Button>
      )}
    </CopyButton>
  );
}

function PublishForm({ kind, id, onPublished }: { kind: Kind; id: string; onPublished: () => void }) {
  const client = useQueryClient();
  const [days, setDays] = useState('');
  const start = useMutation({
    mutationFn: () => publish(kind, id, days === '' ? null : Date.now() + Number(days) * DAY_MS),
    onSettled: () => client.invalidateQueries(publications()),
    onSuccess: onPublished,
  });
  return (
    <>
      <Text size="xs">
        Whoever has the link sees it as it is now, without an account and with no way to ask anything else: charts of
        these flows, addresses changed into others, groups of fewer than five clients among all others.
      </Text>
      <Group gap={4} align="end">
        <NativeSelect
          size="xs"
          label="How long"
          value={days}
          data={TERMS.map(([value, label]) => ({ value, label }))}
          onChange={({ currentTarget }) => setDays(currentTarget.value)}
        />
        <Button size="compact-sm" loading={start.isPending} onClick={() => start.mutate()}>
          Publish
        </Button>
      </Group>
      {start.error !== null && <Problem text={start.error.message} />}
    </>
  );
}

const Problem = ({ text }: { text: string }) => (
  <Text size="xs" c="red" role="alert">
    {text}
  </Text>
);
