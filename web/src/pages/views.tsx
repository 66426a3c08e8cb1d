import { Alert, Box, Button, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { SavedView } from '../../../src/server/index.ts';
import { addSaved, type Kind, type Saved, savedOf } from '../api/views.ts';
import { readView } from '../app/view.ts';
import { viewWords } from '../app/view-words.ts';
import { SavedRow } from '../parts/saved-row.tsx';

/** What was saved of the other pages, and dashboards made of it: opened, sent to others, renamed, shared, published, deleted. */
export function ViewsPage() {
  const router = useRouter();
  // A page of another version of the dashboard is one that is not found.
  const addressOf = ({ page, state }: SavedView) =>
    router.buildLocation({ to: page as '/', search: readView(state) }).href;
  return (
    <Stack gap={8}>
      <SavedList
        kind="views"
        title="Saved views"
        empty="None yet: “save” in the header of any page keeps its range, filter and question here."
        row={(saved) => {
          const { name, page, state, shared } = saved;
          const given = { name, page, state, shared };
          return <SavedRow kind="views" {...{ saved, given }} address={addressOf(saved)} words={wordsOf(saved)} />;
        }}
      />
      <SavedList
        kind="dashboards"
        title="Dashboards"
        empty="None yet: a dashboard has saved views beside each other."
        right={<NewDashboard />}
        row={(saved) => {
          const { id, name, panels, shared } = saved;
          const words = panels.length === 1 ? '1 panel' : `${panels.length} panels`;
          const given = { name, panels, shared };
          return <SavedRow kind="dashboards" {...{ saved, given, words }} address={`/dashboard/${id}`} />;
        }}
      />
    </Stack>
  );
}

interface SavedListProps<K extends Kind> {
  readonly kind: K;
  readonly title: string;
  readonly empty: string;
  readonly right?: ReactNode;
  readonly row: (saved: Saved<K>) => ReactNode;
}

function SavedList<K extends Kind>({ kind, title, empty, right, row }: SavedListProps<K>) {
  const { data, error } = useQuery(savedOf(kind));
  return (
    <Box className="panel" component="section" aria-label={title}>
      <Group justify="space-between" px={8} py={6}>
        <Title order={2}>{title}</Title>
        {right}
      </Group>
      {error !== null && (
        <Alert color="red" m={8} title="No answer">
          {error.message}
        </Alert>
      )}
      {data?.length === 0 && (
        <Text size="sm" c="dimmed" px={8} py="md">
          {empty}
        </Text>
      )}
      {data !== undefined && data.length > 0 && (
        <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label={title} highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                {['name', 'what', 'owner', 'shared', 'changed', 'actions'].map((column) => (
                  <Table.Th key={column} {...(ON_DESKS.has(column) ? { visibleFrom: 'sm' } : {})}>
                    {column}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((saved) => (
                <SavedLine key={saved.id}>{row(saved)}</SavedLine>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Box>
  );
}

/** Columns that telephones have no room for. */
const ON_DESKS: ReadonlySet<string> = new Set(['what', 'owner', 'changed']);

const SavedLine = ({ children }: { children: ReactNode }) => children;

function NewDashboard() {
  const [name, setName] = useState('');
  const client = useQueryClient();
  const navigate = useNavigate();
  const add = useMutation({
    mutationFn: () => addSaved('dashboards', { name: name.trim(), panels: [], shared: false }),
    onSuccess: ({ id }) => {
      void client.invalidateQueries(savedOf('dashboards'));
      void navigate({ to: '/dashboard/$id', params: { id } });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') add.mutate();
      }}
    >
      <Group gap={4}>
        <TextInput
          size="xs"
          aria-label="Name of the new dashboard"
          placeholder="name"
          value={name}
          maxLength={120}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Button type="submit" size="compact-sm" variant="default" loading={add.isPending}>
          New dashboard
        </Button>
      </Group>
      {add.error !== null && (
        <Text size="xs" c="red" role="alert">
          {add.error.message}
        </Text>
      )}
    </form>
  );
}

function wordsOf({ page, state }: SavedView): string {
  return `${page} · ${viewWords(readView(state))}`;
}
