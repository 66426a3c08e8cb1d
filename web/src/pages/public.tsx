import { Alert, Box, Stack, Text, Title, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import {
  formatOf,
  groupText,
  heatmapOption,
  minuteText,
  rangeText,
  secondText,
  seriesOf,
  seriesOption,
} from '../../../src/chart/index.ts';
import type { PublicPanel, PublicView } from '../../../src/server/index.ts';
import { published } from '../api/publications.ts';
import { Chart } from '../parts/chart.tsx';

const HEIGHT = 280;

/** What was published, for people without an account: charts with what they are worth, and no way to ask anything else. */
export function PublicPage() {
  const { id } = useParams({ from: '/p/$id' });
  const { data, error } = useQuery(published(id));
  return (
    <Stack gap={8} p={8} component="main">
      {error !== null && data === undefined && <Alert color="gray">{error.message}</Alert>}
      {data !== undefined && <Published {...data} />}
    </Stack>
  );
}

function Published({ title, answered, expires, made_up, panels }: PublicView) {
  return (
    <>
      <Title order={1} size="h3">
        {title}
      </Title>
      {made_up && <Text fw={700}>Demo data: records of this node were made up by weir demo.</Text>}
      <Text size="sm">
        By Weir, as of {secondText(answered)}. Addresses are not those of the flows, and small groups are part of all
        others.
        {expires !== null && ` It is shown until ${minuteText(expires)}.`}
      </Text>
      <div className="dashboard">
        {panels.map((panel, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: panels have no other name, and their order is what was published
          <Panel key={i} {...panel} />
        ))}
      </div>
    </>
  );
}

function Panel({ title, width, chart, by, metric, from, to, answer, problem }: PublicPanel) {
  const isDark = useComputedColorScheme('light') === 'dark';
  const option = useMemo(() => {
    if (answer === null) return null;
    const ofTime = seriesOf({ ...answer, plan: { bucket_ms: answer.bucket_ms } }, by, metric);
    const at = by.indexOf('category');
    const nameOf = groupText(by);
    const colourName = (group: readonly string[]) => (at >= 0 ? group[at] || 'Unknown' : nameOf(group));
    const looks = { isDark, kind: chart, format: formatOf(answer, metric), nameOf, colourName };
    return chart === 'heatmap' ? heatmapOption(ofTime, looks) : seriesOption(ofTime, looks);
  }, [answer, by, metric, chart, isDark]);
  return (
    <Box className="panel dashboard-panel" data-width={width} component="section" aria-label={title}>
      <Title order={2} px={8} py={6}>
        {title}
      </Title>
      <Text size="xs" px={8}>
        {metric} by {by.join(', ')}, {rangeText(from, to)}
      </Text>
      {option === null ? (
        <Alert color="gray" m={8}>
          {problem}
        </Alert>
      ) : (
        <Chart option={option} height={HEIGHT} label={`${title}, over time`} />
      )}
      <Text className="strip" px={8} py={4}>
        {answer?.quality}
      </Text>
    </Box>
  );
}
