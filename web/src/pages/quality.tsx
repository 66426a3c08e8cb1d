import { Stack } from '@mantine/core';
import { ReportPanel } from '../parts/report-panel.tsx';

/** What the data are worth, and what to do where they could be worth more. */
export function QualityPage() {
  return (
    <Stack gap={8}>
      <ReportPanel name="exporters" />
      <ReportPanel name="summary" />
      <ReportPanel name="cost" />
    </Stack>
  );
}
