import { ActionIcon, Autocomplete, Group, Text, Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { DEFAULT_LAST, offsetText, rangeText } from '../../../src/chart/index.ts';
import { readTime, TIME_EXAMPLES } from '../app/time-words.ts';
import { useView } from '../app/use-view.ts';
import { PRESETS } from '../app/view.ts';

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const LAST = PRESETS.map((last) => `last ${last}`);

/** How long until now, or from when to when: chosen, written in words, or marked on a chart. */
export function TimeRange() {
  const { view, range, change } = useView();
  const shown = range.isLive ? `last ${view.last ?? DEFAULT_LAST}` : rangeText(range.from, range.to);
  const [text, setText] = useState(shown);
  const [isWrong, setWrong] = useState(false);
  const show = () => {
    setText(shown);
    setWrong(false);
  };
  useEffect(show, [shown]);
  const take = (words: string) => {
    const read = words === shown ? {} : readTime(words, Date.now());
    setWrong(read === null);
    if (read !== null && words !== shown) change({ last: undefined, from: undefined, to: undefined, ...read });
    return read !== null;
  };
  return (
    <Group gap={4} wrap="nowrap">
      <Tooltip label={`No time that has begun: expected one ${TIME_EXAMPLES}`} opened={isWrong} multiline>
        <Autocomplete
          size="xs"
          w={range.isLive ? 130 : 270}
          aria-label="Range of time"
          title={TIME_EXAMPLES}
          value={text}
          error={isWrong}
          data={LAST}
          filter={({ options, search }) =>
            search === shown ? options : options.filter((o) => 'label' in o && o.label.includes(search.toLowerCase()))
          }
          onChange={setText}
          onOptionSubmit={take}
          onFocus={(event) => event.currentTarget.select()}
          onBlur={show}
          onKeyDown={(event) => {
            // The list of choices goes with the focus.
            if (event.key === 'Enter' && take(event.currentTarget.value)) event.currentTarget.blur();
            if (event.key === 'Escape') show();
          }}
        />
      </Tooltip>
      <ActionIcon
        variant="default"
        aria-label={range.isLive ? 'Stay at this time' : 'Follow now'}
        onClick={() =>
          change(
            range.isLive
              ? { last: undefined, from: Math.floor(range.from), to: Math.floor(range.to) }
              : { last: DEFAULT_LAST, from: undefined, to: undefined },
          )
        }
      >
        <svg width="10" height="10" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true">
          <path d={range.isLive ? 'M1 0h3v10H1zM6 0h3v10H6z' : 'M1 0l9 5-9 5z'} />
        </svg>
      </ActionIcon>
      <Text size="xs" c="dimmed" title={`Times are those of this browser: ${ZONE}`}>
        {offsetText(range.to)}
      </Text>
    </Group>
  );
}
