import { Outlet, useLocation } from '@tanstack/react-router';
import { Shell } from './shell.tsx';

/** Around every page: but around what is published there is nothing to ask with. */
export function Root() {
  const { pathname } = useLocation();
  return pathname.startsWith('/p/') ? <Outlet /> : <Shell />;
}
