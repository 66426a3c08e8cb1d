import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { NotFoundPage } from '../pages/not-found.tsx';
import { OverviewPage } from '../pages/overview.tsx';
import { Shell } from './shell.tsx';
import { readView } from './view.ts';

const root = createRootRoute({ component: Shell, validateSearch: readView, notFoundComponent: NotFoundPage });
const overview = createRoute({ getParentRoute: () => root, path: '/', component: OverviewPage });

export const router = createRouter({ routeTree: root.addChildren([overview]) });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
