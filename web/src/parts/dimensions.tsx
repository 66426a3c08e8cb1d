import { ActionIcon, Group, Select, Text } from '@mantine/core';
import { useState } from 'react';

interface DimensionsProps {
  readonly chosen: readonly string[];
  readonly all: readonly string[];
  readonly most: number;
  readonly onChange: (names: readonly string[]) => void;
}

/** What is grouped by, in its order: dragged, or moved with buttons. */
export function Dimensions({ chosen, all, most, onChange }: DimensionsProps) {
  const [dragged, setDragged] = useState<number | null>(null);
  const move = (from: number, to: number) => onChange(moved(chosen, from, to));
  return (
    <Group gap={4} align="center" role="group" aria-label="Grouped by">
      <Text size="xs" fw={500}>
        by
      </Text>
      <ul className="chips">
        {chosen.map((name, i) => (
          <li
            key={name}
            className="chip"
            draggable
            onDragStart={(event) => {
              event.dataTransfer.setData('text/plain', name);
              setDragged(i);
            }}
            onDragOver={(event) => dragged !== null && event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged !== null) move(dragged, i);
              setDragged(null);
            }}
            onDragEnd={() => setDragged(null)}
          >
            {i > 0 && (
              <ActionIcon
                size="xs"
                variant="subtle"
                color="gray"
                aria-label={`${name} before ${chosen[i - 1]}`}
                onClick={() => move(i, i - 1)}
              >
                ‹
              </ActionIcon>
            )}
            {name}
            {i < chosen.length - 1 && (
              <ActionIcon
                size="xs"
                variant="subtle"
                color="gray"
                aria-label={`${name} after ${chosen[i + 1]}`}
                onClick={() => move(i, i + 1)}
              >
                ›
              </ActionIcon>
            )}
            {chosen.length > 1 && (
              <ActionIcon
                size="xs"
                variant="subtle"
                color="gray"
                aria-label={`not by ${name}`}
                onClick={() => onChange(chosen.filter((n) => n !== name))}
              >
                ×
              </ActionIcon>
            )}
          </li>
        ))}
      </ul>
      {chosen.length < most && (
        <Select
          size="xs"
          w={150}
          searchable
          aria-label="One more dimension"
          placeholder="and by"
          value={null}
          data={all.filter((name) => !chosen.includes(name))}
          onChange={(name) => name !== null && onChange([...chosen, name])}
        />
      )}
    </Group>
  );
}

function moved(names: readonly string[], from: number, to: number): readonly string[] {
  const rest = names.filter((_, i) => i !== from);
  return [...rest.slice(0, to), names[from]!, ...rest.slice(to)];
}
