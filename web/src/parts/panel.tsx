import { Alert, Box, Button, Group, Progress, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { ApiError } from '../api/fetch-json.ts';
import { lackedSetting } from '../api/lacked-setting.ts';
import type { OnTheWay } from '../api/use-answer.ts';
import { LackedSetting } from './lacked-setting.tsx';
import { QualityStrip } from './quality-strip.tsx';

/** What an answer is worth, and how it was found: every answer has both. */
type Answer = Pick<QueryAnswer, 'quality' | 'plan'>;

interface PanelProps<A extends Answer> {
  readonly title: string;
  readonly answer: UseQueryResult<A> | (UseQueryResult<A> & OnTheWay);
  readonly isEmpty: (answer: A) => boolean;
  /** What stands where nothing matches: what to do next. */
  readonly empty: ReactNode;
  readonly right?: ReactNode;
  readonly children: (answer: A) => ReactNode;
}

/** One answer with its title, and what it is worth; or that it is on its way, why it failed, what to set for it, or that there is nothing. */
export function Panel<A extends Answer>({ title, answer, isEmpty, empty, right, children }: PanelProps<A>) {
  const { data, error, isFetching, isPlaceholderData, refetch } = answer;
  const lacked = lackedSetting(error);
  // Asked again it would be refused again.
  const isForbidden = error instanceof ApiError && error.status === 403;
  const isOnItsWay = isFetching && (data === undefined || isPlaceholderData);
  return (
    <Box className="panel" component="section" aria-label={title}>
      <Group justify="space-between" px={8} py={6} wrap="nowrap">
        <Title order={2}>{title}</Title>
        {right}
      </Group>
      {isOnItsWay && <OnItsWay title={title} progress={null} {...('progress' in answer ? answer : {})} />}
      {data === undefined && error === null && answer.fetchStatus === 'idle' && (
        <Text size="sm" c="dimmed" px={8} py="md">
          It was not asked to its end.{' '}
          <Button size="compact-xs" variant="default" onClick={() => void refetch()}>
            Ask again
          </Button>
        </Text>
      )}
      {error !== null && lacked !== null && <LackedSetting setting={lacked} why={error.message} />}
      {isForbidden && (
        <Text size="sm" c="dimmed" px={8} pb={8} role="note">
          Not for you: {error.message}.
        </Text>
      )}
      {error !== null && lacked === null && !isForbidden && (
        <Alert color="red" m={8} title="No answer">
          <Text size="sm">{error.message}</Text>
          <Button size="compact-sm" mt={8} variant="default" onClick={() => void refetch()}>
            Ask again
          </Button>
        </Alert>
      )}
      {data !== undefined && (
        <>
          {isEmpty(data) ? (
            <Text component="div" size="sm" c="dimmed" px={8} py="md">
              {empty}
            </Text>
          ) : (
            children(data)
          )}
          <QualityStrip quality={data.quality} plan={data.plan} />
        </>
      )}
    </Box>
  );
}

/** How far the node is with a question, as soon as it says so. */
function OnItsWay({ title, progress, cancel }: { title: string } & Pick<OnTheWay, 'progress'> & Partial<OnTheWay>) {
  const percent = Math.floor(100 * (progress ?? 0));
  return (
    <>
      <Progress
        value={progress === null ? 100 : Math.max(1, percent)}
        animated={progress === null}
        size={progress === null ? 2 : 4}
        aria-label={`${title} is on its way`}
      />
      {progress !== null && (
        <Group gap={8} px={8} py={4}>
          <Text size="xs">{percent} % of what must be read is read.</Text>
          <Button size="compact-xs" variant="default" onClick={cancel} aria-label={`Cancel ${title}`}>
            Cancel
          </Button>
        </Group>
      )}
    </>
  );
}
