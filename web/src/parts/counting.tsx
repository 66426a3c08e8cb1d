import { Button, Popover, Radio, Stack } from '@mantine/core';
import { useView } from '../app/use-view.ts';

const DUPLICATES = { counted: 'each flow once', all: 'as often as it was seen' } as const;
const SCANS = { out: 'left out', in: 'counted too', only: 'nothing else' } as const;

/** Which of the records count: of several vantage points, and of scans. Both are in the address. */
export function Counting() {
  const { view, change } = useView();
  const { duplicates = 'counted', scans = 'out' } = view;
  const isUsual = duplicates === 'counted' && scans === 'out';
  return (
    <Popover position="bottom-end" withArrow trapFocus returnFocus>
      <Popover.Target>
        <Button size="compact-xs" variant={isUsual ? 'default' : 'light'} aria-label="What counts">
          {isUsual
            ? 'counts'
            : [duplicates === 'all' ? 'all sightings' : '', SHORT_SCANS[scans]].filter(Boolean).join(', ')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="md">
          <Choice
            label="What several vantage points saw counts"
            of={DUPLICATES}
            value={duplicates}
            onChange={(value) => change({ duplicates: value === 'all' ? value : undefined })}
          />
          <Choice
            label="Scan noise is"
            of={SCANS}
            value={scans}
            onChange={(value) => change({ scans: value === 'out' ? undefined : value })}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

const SHORT_SCANS = { out: '', in: 'with scans', only: 'scans only' } as const;

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly of: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ label, of, value, onChange }: ChoiceProps<T>) {
  return (
    <Radio.Group label={label} size="xs" value={value} onChange={(chosen) => onChange(chosen as T)}>
      <Stack gap={4} mt={4}>
        {(Object.entries(of) as [T, string][]).map(([name, words]) => (
          <Radio key={name} size="xs" value={name} label={words} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
