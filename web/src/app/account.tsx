import { Badge, Button, Menu, Text, Tooltip } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Caller, change, session } from '../api/access.ts';
import { forgetToken, keepCsrf } from '../api/token.ts';
import { OwnPassword } from '../parts/own-password.tsx';

/** Of which part of the traffic every number is. */
export function Limit() {
  const { data, isError } = useQuery(session());
  if (data === undefined || isError || data.limit === null) return null;
  return (
    <Tooltip label={`All numbers are of a part of the traffic: ${data.limit}`}>
      <Badge variant="outline" color="gray" maw={180} tt="none">
        only {data.limit}
      </Badge>
    </Tooltip>
  );
}

/** Who looks. */
export function Account() {
  const { data, isError } = useQuery(session());
  return data === undefined || isError ? null : <AccountMenu caller={data} />;
}

function AccountMenu({ caller }: { caller: Caller }) {
  const client = useQueryClient();
  const [isChanging, setChanging] = useState(false);
  const signOut = async () => {
    if (caller.via === 'session') await change('DELETE', 'session').catch(() => {});
    forgetToken();
    keepCsrf(undefined);
    await client.resetQueries();
  };
  return (
    <>
      {isChanging && <OwnPassword close={() => setChanging(false)} />}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" size="compact-sm" className="account" aria-label={`Account: ${caller.name}`}>
            {caller.name}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Text size="sm" px={12} py={4}>
            {caller.via === 'open' ? 'Nobody has to sign in' : `${caller.name}, ${caller.role}`}
          </Text>
          {caller.role === 'admin' && (
            <Menu.Item renderRoot={(props) => <Link {...props} to="/settings" />}>Settings</Menu.Item>
          )}
          {caller.via === 'session' && <Menu.Item onClick={() => setChanging(true)}>Change the password</Menu.Item>}
          {(caller.via === 'session' || caller.via === 'token') && (
            <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
