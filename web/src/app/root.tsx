import { Outlet, useLocation } from '@tanstack/react-router';
import { isPublic } from './public-path.ts';
import { Shell } from './shell.tsx';

/** Around every page: but around what is published there is nothing to ask with. */
export function Root() {
  const { pathname } = useLocation();
  return isPublic(pathname) ? <Outlet /> : <Shell />;
}
