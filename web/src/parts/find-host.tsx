import { ActionIcon, Button, Group, Popover, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { isAddress } from '../app/conditions.ts';
import { useSearchedView } from '../app/use-view.ts';
import { sharedPart, withCondition } from '../app/view.ts';
import { hostSearch } from './host-link.tsx';

const EXAMPLES = 'such as 192.0.2.1, 2001:db8::1 or 192.0.2.0/24';

/** From an address that somebody has to the page of its host, from a network to its hosts. */
export function FindHost() {
  const [isOpen, { open, close, toggle }] = useDisclosure(false);
  const [text, setText] = useState('');
  const [isWrong, setWrong] = useState(false);
  const navigate = useNavigate();
  const view = useSearchedView();
  const find = () => {
    const asked = text.trim();
    const network = /^([^/]+)\/(\d{1,3})$/.exec(asked);
    const isNetwork =
      network !== null && isAddress(network[1]!) && Number(network[2]) <= (asked.includes(':') ? 128 : 32);
    if (!isAddress(asked) && !isNetwork) {
      setWrong(true);
      return;
    }
    close();
    setText('');
    if (isNetwork) {
      const filter = withCondition(view.filter, `net ${asked}`);
      void navigate({ to: '/hosts', search: { ...sharedPart(view), filter } });
    } else void navigate({ to: '/host/$address', params: { address: asked }, search: hostSearch(view) });
  };
  return (
    <Popover opened={isOpen} onChange={(opened) => (opened ? open() : close())} trapFocus returnFocus withArrow>
      <Popover.Target>
        <ActionIcon variant="default" className="find-host" aria-label="Find a host" onClick={toggle}>
          <svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" aria-hidden="true">
            <circle cx="5" cy="5" r="3.5" strokeWidth="1.5" />
            <path d="M8 8l3 3" strokeWidth="1.5" />
          </svg>
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            find();
          }}
        >
          <Group gap={4} align="start" wrap="nowrap">
            <TextInput
              size="xs"
              w={250}
              aria-label="Address or network"
              placeholder={EXAMPLES}
              value={text}
              maxLength={50}
              data-autofocus
              error={isWrong ? `no address and no network: ${EXAMPLES}` : null}
              onChange={({ currentTarget }) => {
                setText(currentTarget.value);
                setWrong(false);
              }}
            />
            <Button type="submit" size="xs" variant="default">
              Find
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
