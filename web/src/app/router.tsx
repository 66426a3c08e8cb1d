import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { NotFoundPage } from '../pages/not-found.tsx';
import { Root } from './root.tsx';
import { readView } from './view.ts';

const root = createRootRoute({ component: Root, validateSearch: readView, notFoundComponent: NotFoundPage });

/** Each page is a file of its own, and is loaded when it is gone to: the first paint waits for none. */
function page<const P extends string>(path: P, load: () => Promise<ComponentType>) {
  const component = lazyRouteComponent(async () => ({ Page: await load() }), 'Page');
  return createRoute({ getParentRoute: () => root, path, component });
}

const routeTree = root.addChildren([
  page('/', async () => (await import('../pages/overview.tsx')).OverviewPage),
  page('/explore', async () => (await import('../pages/explore.tsx')).ExplorePage),
  page('/flows', async () => (await import('../pages/flows.tsx')).FlowsPage),
  page('/docs', async () => (await import('../pages/docs.tsx')).DocsPage),
  page('/docs/$', async () => (await import('../pages/docs.tsx')).DocsPage),
  page('/add', async () => (await import('../pages/add.tsx')).AddPage),
  page('/host/$address', async () => (await import('../pages/host.tsx')).HostPage),
  page('/hosts', async () => (await import('../pages/reports.tsx')).HostsPage),
  page('/applications', async () => (await import('../pages/reports.tsx')).ApplicationsPage),
  page('/networks', async () => (await import('../pages/reports.tsx')).NetworksPage),
  page('/views', async () => (await import('../pages/views.tsx')).ViewsPage),
  page('/dashboard/$id', async () => (await import('../pages/dashboard.tsx')).DashboardPage),
  page('/p/$id', async () => (await import('../pages/public.tsx')).PublicPage),
  page('/quality', async () => (await import('../pages/reports.tsx')).QualityPage),
  page('/settings', async () => (await import('../pages/settings.tsx')).SettingsPage),
]);

export const router = createRouter({
  routeTree,
  pathParamsAllowedCharacters: [':'],
  // The frame is painted before the page has come; a page that is pointed at comes before it is gone to.
  defaultPendingMs: 0,
  defaultPendingMinMs: 0,
  defaultPendingComponent: () => null,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
