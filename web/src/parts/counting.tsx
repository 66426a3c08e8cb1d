import { Button, Popover, Radio, Stack } from '@mantine/core';
import { useView } from '../app/use-view.ts';

/** Whether what both ends on one host saw counts once. It is in the address. */
export function Counting() {
  const { view, change } = useView();
  const { duplicates = 'counted' } = view;
  return (
    <Popover position="bottom-end" width={330} withArrow trapFocus returnFocus>
      <Popover.Target>
        <Button size="compact-xs" variant={duplicates === 'counted' ? 'default' : 'light'} aria-label="What counts">
          {duplicates === 'counted' ? 'counts' : 'all sightings'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="calc(100vw - 16px)">
        <Radio.Group
          label="What both ends on one host saw counts"
          description="Two routers on one path count a flow twice. Scans are not judged yet: they count."
          size="xs"
          value={duplicates}
          onChange={(value) => change({ duplicates: value === 'all' ? value : undefined })}
        >
          <Stack gap={4} mt={4}>
            <Radio size="xs" value="counted" label="each flow once" />
            <Radio size="xs" value="all" label="as often as it was seen" />
          </Stack>
        </Radio.Group>
      </Popover.Dropdown>
    </Popover>
  );
}
