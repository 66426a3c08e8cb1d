import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGES } from './web-files.ts';

const read = (path: string) => readFileSync(new URL(`../../web/src/app/${path}`, import.meta.url), 'utf8');

it('the node answers each page that the dashboard has, and no other', () => {
  const routes = [...read('router.tsx').matchAll(/^ {2}page\('([^']+)'/gm)].map(([, path]) => path!);
  expect(routes.length).toBeGreaterThan(5);
  // The link of the first start is a page of sign-in, which stands before the others.
  const served = PAGES.filter((path) => path !== '/first');
  expect(served.map((path) => path.replace(/\*$/, '$').replace(/:(\w+)/g, '$$$1')).sort()).toEqual(routes.sort());
});

it('the list of pages leads to pages', () => {
  const [, list] = /PAGES = \[(.*?)\] as const/s.exec(read('pages.tsx'))!;
  const paths = [...list!.matchAll(/\['([^']+)'/g)].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(5);
  expect(PAGES).toEqual(expect.arrayContaining(paths));
});
