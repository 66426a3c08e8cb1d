import { Alert, Button, Group, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { SavedDashboard } from '../../../src/server/index.ts';
import { session } from '../api/access.ts';
import { replaceSaved, savedOf } from '../api/views.ts';
import { DashboardPanel, isShownOnDashboards } from '../parts/dashboard-panel.tsx';

type Panels = SavedDashboard['panels'];

/** Saved views beside each other. Whoever made it adds, moves, widens and removes them. */
export function DashboardPage() {
  const { id } = useParams({ from: '/dashboard/$id' });
  const { data, error } = useQuery(savedOf('dashboards'));
  const dashboard = data?.find((saved) => saved.id === id);
  if (error !== null) return <Alert color="red">{error.message}</Alert>;
  if (data === undefined) return null;
  if (dashboard === undefined)
    return <Text>There is no such dashboard, or you may not see it: its owner can share it.</Text>;
  return <Dashboard dashboard={dashboard} />;
}

function Dashboard({ dashboard }: { dashboard: SavedDashboard }) {
  const client = useQueryClient();
  const { data: views } = useQuery(savedOf('views'));
  const shown = views?.filter(({ page }) => isShownOnDashboards(page));
  const [isEdited, setEdited] = useState(dashboard.panels.length === 0);
  const { name, panels } = dashboard;
  const { data: caller } = useQuery(session());
  const mayEdit = caller !== undefined && (caller.name === dashboard.owner || caller.role === 'admin');
  const { queryKey } = savedOf('dashboards');
  const change = useMutation({
    // One after the other: each begins with what the one before left.
    scope: { id: `dashboard ${dashboard.id}` },
    mutationFn: (edit: (before: Panels) => Panels) => {
      const known = client.getQueryData<readonly SavedDashboard[]>(queryKey)?.find(({ id }) => id === dashboard.id);
      const latest = known ?? dashboard;
      const { name, shared } = latest;
      return replaceSaved('dashboards', latest, { name, shared, panels: edit(latest.panels) });
    },
    onSuccess: (saved) =>
      client.setQueryData<readonly SavedDashboard[]>(queryKey, (all) =>
        all?.map((one) => (one.id === saved.id ? saved : one)),
      ),
    onError: () => client.invalidateQueries({ queryKey }),
  });
  const put = (at: number, ...now: Panels) => change.mutate((before) => before.toSpliced(at, 1, ...now));
  const moved = (at: number, by: -1 | 1) =>
    change.mutate((before) => before.toSpliced(at, 1).toSpliced(at + by, 0, ...before.slice(at, at + 1)));
  return (
    <Stack gap={8}>
      <Group gap={8}>
        <Title order={2} size="h4">
          {name}
        </Title>
        {mayEdit && (
          <Button size="compact-xs" variant="default" aria-pressed={isEdited} onClick={() => setEdited(!isEdited)}>
            {isEdited ? 'done' : 'edit'}
          </Button>
        )}
        {caller !== undefined && !mayEdit && (
          <Text size="xs" c="dimmed">
            of {dashboard.owner}
          </Text>
        )}
        {mayEdit && isEdited && (
          <NativeSelect
            size="xs"
            aria-label="Add a saved view"
            value=""
            data={[
              { value: '', label: shown?.length === 0 ? 'no view was saved yet' : 'add a saved view' },
              ...(shown ?? []).map((view) => ({ value: view.id, label: view.name })),
            ]}
            onChange={({ currentTarget }) => {
              const view = currentTarget.value;
              change.mutate((before) => [...before, { view, width: 1 }]);
            }}
          />
        )}
        {change.error !== null && (
          <Text size="xs" c="red" role="alert">
            {change.error.message}
          </Text>
        )}
      </Group>
      {panels.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing on it yet: save views on other pages (“save” in their header), then add them here.
        </Text>
      )}
      <div className="dashboard">
        {panels.map(({ view, width }, at) => (
          <DashboardPanel
            // biome-ignore lint/suspicious/noArrayIndexKey: the same view may be there twice
            key={`${view} ${at}`}
            saved={views?.find(({ id }) => id === view)}
            width={width}
            edit={
              mayEdit &&
              isEdited && {
                ...(at > 0 ? { earlier: () => moved(at, -1) } : {}),
                ...(at < panels.length - 1 ? { later: () => moved(at, 1) } : {}),
                widen: (next) => put(at, { view, width: next }),
                remove: () => put(at),
              }
            }
          />
        ))}
      </div>
    </Stack>
  );
}
