import { Kbd, Modal, Table } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { PAGES } from './pages.tsx';
import { readView, sharedPart } from './view.ts';

/** After `g` a letter is waited for so long. */
const PREFIX_MS = 1_500;

/** The letter of each page after `g`: the first of its title that no page before it has. */
const LETTERS = new Map<string, (typeof PAGES)[number][0]>();
for (const [path, title] of PAGES) {
  const letter = [...title.toLowerCase()].find((l) => /[a-z]/.test(l) && !LETTERS.has(l));
  if (letter !== undefined) LETTERS.set(letter, path);
}

/** `/` to the filter, `h` to a host, `g` and a letter to a page, `?` tells them. Not while something is written. */
export function Keyboard() {
  const [isHelp, setHelp] = useState(false);
  const navigate = useNavigate();
  useEffect(() => {
    let prefixMs = 0;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const isAfterPrefix = event.timeStamp - prefixMs < PREFIX_MS;
      prefixMs = 0;
      const to = isAfterPrefix ? LETTERS.get(event.key) : undefined;
      if (to !== undefined) void navigate({ to, search: (before) => sharedPart(readView(before)) });
      else if (event.key === '/') focusFilter();
      else if (event.key === 'h') document.querySelector<HTMLElement>('.find-host')?.click();
      else if (event.key === '?') setHelp(true);
      else if (event.key === 'g') prefixMs = event.timeStamp;
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [navigate]);
  return <Help opened={isHelp} onClose={() => setHelp(false)} />;
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable="true"], [role="dialog"]') !== null
  );
}

function focusFilter(): void {
  document.querySelector<HTMLElement>('.filter [contenteditable="true"]')?.focus();
}

function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const keys = [
    ['/', 'to the filter; Enter applies it, Tab completes, Esc leaves it'],
    ['h', 'to the host of an address'],
    ...[...LETTERS].map(([letter, path]) => [`g ${letter}`, PAGES.find(([p]) => p === path)![1]]),
    ['?', 'this list'],
  ] as const;
  return (
    <Modal opened={opened} onClose={onClose} title="Keys">
      <Table>
        <Table.Tbody>
          {keys.map(([key, meaning]) => (
            <Table.Tr key={key}>
              <Table.Td>
                {key.split(' ').map((part) => (
                  <Kbd key={part} mr={4}>
                    {part}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{meaning}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
