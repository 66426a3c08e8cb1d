import { Tabs, Title } from '@mantine/core';
import { AuditTable } from '../parts/audit-table.tsx';
import { AllSettings, NetworkSettings, RetentionSettings } from '../parts/node-settings.tsx';
import { SessionTable } from '../parts/session-table.tsx';
import { TokenTable } from '../parts/token-table.tsx';
import { UserTable } from '../parts/user-table.tsx';

/** Who may come in, who is in, and who asked what; what the node was told of its networks, and what it keeps. For admins: the node refuses the lists to others, and says so. */
export function SettingsPage() {
  return (
    <>
      <Title order={2} size="h4" mb={8}>
        Settings
      </Title>
      <Tabs defaultValue="users" keepMounted={false}>
        <Tabs.List mb={8}>
          <Tabs.Tab value="users">Users</Tabs.Tab>
          <Tabs.Tab value="tokens">Tokens</Tabs.Tab>
          <Tabs.Tab value="sessions">Sessions</Tabs.Tab>
          <Tabs.Tab value="audit">Audit</Tabs.Tab>
          <Tabs.Tab value="networks">Home and sites</Tabs.Tab>
          <Tabs.Tab value="retention">Retention</Tabs.Tab>
          <Tabs.Tab value="node">Node</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <UserTable />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <TokenTable />
        </Tabs.Panel>
        <Tabs.Panel value="sessions">
          <SessionTable />
        </Tabs.Panel>
        <Tabs.Panel value="audit">
          <AuditTable />
        </Tabs.Panel>
        <Tabs.Panel value="networks">
          <NetworkSettings />
        </Tabs.Panel>
        <Tabs.Panel value="retention">
          <RetentionSettings />
        </Tabs.Panel>
        <Tabs.Panel value="node">
          <AllSettings />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
