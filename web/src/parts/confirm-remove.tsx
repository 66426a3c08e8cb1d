import { Button, Popover, Stack, Text } from '@mantine/core';
import { useState } from 'react';

interface ConfirmRemoveProps {
  readonly name: string;
  /** What goes with it. */
  readonly goes: string;
  readonly remove: () => void;
}

/** Asks before something goes that nobody can bring back. */
export function ConfirmRemove({ name, goes, remove }: ConfirmRemoveProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus withArrow>
      <Popover.Target>
        <Button size="compact-xs" variant="default" onClick={() => setOpen(!isOpen)}>
          Remove {name}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw={300}>
        <Stack gap={8}>
          <Text size="xs">{goes}</Text>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              setOpen(false);
              remove();
            }}
          >
            Remove for good
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
