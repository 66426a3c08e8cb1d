import { NavLink } from '@mantine/core';
import { Link, useLocation, useSearch } from '@tanstack/react-router';
import { sharedPart, type View } from './view.ts';

export const PAGES = [
  ['/', 'Overview'],
  ['/explore', 'Explore'],
  ['/flows', 'Flows'],
  ['/hosts', 'Hosts'],
  ['/applications', 'Applications'],
  ['/networks', 'Networks'],
  ['/quality', 'Data quality'],
  ['/views', 'Saved views'],
  ['/add', 'Add data'],
  ['/docs', 'Docs'],
] as const;

/** The pages. The range and the filter go along; what only one page has stays there. */
export function Pages({ onChosen }: { onChosen: () => void }) {
  const { pathname } = useLocation();
  const view: View = useSearch({ strict: false });
  return PAGES.map(([path, title]) => (
    <NavLink
      key={path}
      renderRoot={(props) => <Link {...props} to={path} search={sharedPart(view)} />}
      label={title}
      active={pathname === path}
      onClick={onChosen}
      py={4}
    />
  ));
}
