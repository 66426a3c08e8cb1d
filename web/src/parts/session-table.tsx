import { Alert, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { change, listOf, type Session } from '../api/access.ts';
import { AccessList, timeOf, useChange } from './access-list.tsx';

/** Sessions: who is signed in, and from where. */
export function SessionTable() {
  const { data, error } = useQuery(listOf<{ sessions: readonly Session[] }>('sessions'));
  const { problem, run } = useChange();
  const rows = (data?.sessions ?? []).map(({ id, user, from, agent, created, used }) => ({
    key: id,
    cells: [
      user,
      from,
      agent,
      timeOf(created),
      timeOf(used),
      <Button
        key="end"
        size="compact-xs"
        variant="default"
        aria-label={`End the session of ${user} from ${from}`}
        onClick={() => void run(() => change('DELETE', `sessions/${id}`))}
      >
        End
      </Button>,
    ],
  }));
  return (
    <>
      <AccessList
        name="Sessions"
        titles={['User', 'From', 'Browser', 'Since', 'Used', ' ']}
        rows={rows}
        error={error}
        empty="Nobody is signed in."
      />
      {problem !== '' && <Alert color="red">{problem}</Alert>}
    </>
  );
}
