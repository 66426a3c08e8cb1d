import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Group,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { type Health, health } from '../api/answers.ts';
import { ApiError } from '../api/fetch-json.ts';
import { Counting } from '../parts/counting.tsx';
import { DemoBadge } from '../parts/demo-badge.tsx';
import { FilterField } from '../parts/filter-field.tsx';
import { FindHost } from '../parts/find-host.tsx';
import { SaveView } from '../parts/save-view.tsx';
import { TimeRange } from '../parts/time-range.tsx';
import { Account, Limit } from './account.tsx';
import { Keyboard } from './keyboard.tsx';
import { Pages } from './pages.tsx';
import { SignedIn } from './signed-in.tsx';
import { readView, sharedPart } from './view.ts';
import { WithLookUp } from './with-look-up.tsx';

/** What is on every page: the name, the range of time, the filter, and whether the node is well. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { data, error } = useQuery(health());
  // Who has not signed in yet gets an answer, and is told so below.
  const isSilent = error !== null && !(error instanceof ApiError && error.status === 401);
  return (
    <AppShell
      header={{ height: { base: 116, sm: 48 } }}
      navbar={{ width: 150, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={8}
    >
      <AppShell.Header>
        <Group h="100%" px={8} gap={8} wrap="wrap" align="center" className="header">
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Pages" />
          <Text component="h1" fw={700} c="teal">
            Weir
          </Text>
          <TimeRange />
          <FilterField />
          <Group ml="auto" gap={8} wrap="nowrap" className="header-tools">
            <FindHost />
            <Counting />
            <SaveView />
            <DemoBadge />
            {isSilent && (
              <Badge color="red" autoContrast>
                no answer
              </Badge>
            )}
            {data !== undefined && error === null && <HealthBadge {...data} />}
            <Limit />
          </Group>
          <Group gap={8} wrap="nowrap" className="header-who">
            <Account />
            <SchemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p={4}>
        <Pages onChosen={close} />
      </AppShell.Navbar>
      <AppShell.Main>
        <Keyboard />
        <SignedIn>
          <WithLookUp>
            <Outlet />
          </WithLookUp>
        </SignedIn>
      </AppShell.Main>
    </AppShell>
  );
}

/** Whether the node is well; where not, it leads to what it found. */
function HealthBadge({ status, findings }: Health) {
  const troubles = findings.filter(({ level }) => level === 'warn' || level === 'fail').length;
  if (status !== 'ok' && troubles === 0)
    return (
      <Tooltip label="Those who see all of its traffic can read what it is">
        <Badge color="yellow" variant="dot">
          not well
        </Badge>
      </Tooltip>
    );
  return (
    <Tooltip label={status === 'ok' ? 'Nothing is wrong with this node' : 'What it is, and what to do'}>
      <Badge
        color={status === 'ok' ? 'teal' : 'yellow'}
        variant="dot"
        style={{ cursor: 'pointer' }}
        renderRoot={(props) => <Link {...props} to="/quality" search={(before) => sharedPart(readView(before))} />}
      >
        {status === 'ok' ? 'well' : `${troubles} to look at`}
      </Badge>
    </Tooltip>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  return (
    <ActionIcon
      variant="default"
      aria-label={isDark ? 'Light colours' : 'Dark colours'}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? '☀' : '☾'}
    </ActionIcon>
  );
}
