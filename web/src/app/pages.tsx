import { NavLink } from '@mantine/core';
import { Link, useLocation } from '@tanstack/react-router';
import { useSearchedView } from './use-view.ts';
import { sharedPart } from './view.ts';

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
  const view = useSearchedView();
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
