import { Tabs, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ComponentType } from 'react';
import { session } from '../api/access.ts';
import { useView } from '../app/use-view.ts';
import { AuditTable } from '../parts/audit-table.tsx';
import { AllSettings, NetworkSettings, RetentionSettings } from '../parts/node-settings.tsx';
import { SessionTable } from '../parts/session-table.tsx';
import { TokenTable } from '../parts/token-table.tsx';
import { UserTable } from '../parts/user-table.tsx';

const TABS: Readonly<Record<string, { readonly title: string; readonly Table: ComponentType }>> = {
  users: { title: 'Users', Table: UserTable },
  tokens: { title: 'Tokens', Table: TokenTable },
  sessions: { title: 'Sessions', Table: SessionTable },
  audit: { title: 'Audit', Table: AuditTable },
  networks: { title: 'Home and sites', Table: NetworkSettings },
  retention: { title: 'Retention', Table: RetentionSettings },
  node: { title: 'Node', Table: AllSettings },
};

/** Who may come in, who is in, and who asked what; what the node was told of its networks, and what it keeps. For admins: the node refuses it to others. */
export function SettingsPage() {
  const { view, change } = useView();
  const shown = view.tab !== undefined && Object.hasOwn(TABS, view.tab) ? view.tab : 'users';
  const { data: caller } = useQuery(session());
  if (caller === undefined) return null;
  const title = (
    <Title order={2} size="h4" mb={8}>
      Settings
    </Title>
  );
  if (caller.role !== 'admin')
    return (
      <>
        {title}
        <Text size="sm" role="note">
          Settings are for the admins of this node, and {caller.name} has the role {caller.role}.
        </Text>
      </>
    );
  return (
    <>
      {title}
      <Tabs value={shown} onChange={(tab) => change({ tab: tab ?? shown })} keepMounted={false}>
        <Tabs.List mb={8}>
          {Object.entries(TABS).map(([name, { title }]) => (
            <Tabs.Tab key={name} value={name}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(TABS).map(([name, { Table }]) => (
          <Tabs.Panel key={name} value={name}>
            <Table />
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
