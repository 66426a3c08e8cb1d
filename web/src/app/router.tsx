import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { AddPage } from '../pages/add.tsx';
import { ExplorePage } from '../pages/explore.tsx';
import { NotFoundPage } from '../pages/not-found.tsx';
import { OverviewPage } from '../pages/overview.tsx';
import { REPORT_PAGES, ReportsPage } from '../pages/reports.tsx';
import { Shell } from './shell.tsx';
import { readView } from './view.ts';

const root = createRootRoute({ component: Shell, validateSearch: readView, notFoundComponent: NotFoundPage });
const overview = createRoute({ getParentRoute: () => root, path: '/', component: OverviewPage });

const explore = createRoute({ getParentRoute: () => root, path: '/explore', component: ExplorePage });
const add = createRoute({ getParentRoute: () => root, path: '/add', component: AddPage });
const reports = (Object.keys(REPORT_PAGES) as (keyof typeof REPORT_PAGES)[]).map((page) =>
  createRoute({ getParentRoute: () => root, path: `/${page}`, component: () => <ReportsPage page={page} /> }),
);

export const router = createRouter({ routeTree: root.addChildren([overview, explore, add, ...reports]) });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
