import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { readView, sharedPart } from '../app/view.ts';

/** A page of the documentation, such as `how-to/host`. The range and the filter stay for the way back. */
export function DocLink({ page, children }: { page: string; children: ReactNode }) {
  return (
    <Anchor
      inherit
      underline="always"
      renderRoot={(props) => (
        <Link {...props} to="/docs/$" params={{ _splat: page }} search={(before) => sharedPart(readView(before))} />
      )}
    >
      {children}
    </Anchor>
  );
}
