import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { useView } from '../app/use-view.ts';
import { DEFAULT_LAST, PRESETS } from '../app/view.ts';

const SHORT: Intl.DateTimeFormatOptions = { dateStyle: 'short', timeStyle: 'short' };

/** How long until now, or the range that was marked on a chart. */
export function TimeRange() {
  const { view, range, change } = useView();
  const format = new Intl.DateTimeFormat(undefined, SHORT);
  return (
    <Group gap={8} wrap="nowrap">
      <NativeSelect
        size="xs"
        aria-label="Range of time"
        value={range.isLive ? (view.last ?? DEFAULT_LAST) : ''}
        onChange={({ currentTarget }) => change({ last: currentTarget.value, from: undefined, to: undefined })}
        data={[
          ...(range.isLive ? [] : [{ value: '', label: 'marked', disabled: true }]),
          ...PRESETS.map((value) => ({ value, label: `last ${value}` })),
        ]}
      />
      {!range.isLive && (
        <>
          <Text size="xs" className="number">
            {format.formatRange(range.from, range.to)}
          </Text>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => change({ last: DEFAULT_LAST, from: undefined, to: undefined })}
          >
            to now
          </Button>
        </>
      )}
    </Group>
  );
}
