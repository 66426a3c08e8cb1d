/** The documentation in the dashboard, in Debian's Chromium. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder } from '../node.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };

describe.skipIf(noBrowser !== null)(
  `the documentation${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 360_000 },
  () => {
    const data = tempFolder();
    let node: TestNode;
    let browser: Browser;
    beforeAll(async () => {
      node = await startNode(data, ['--no-host']);
      browser = await openBrowser();
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(data);
    });

    test('is read from its contents on, page by page, with no other origin, and Back goes back', async () => {
      const { page, troubles, elsewhere, context } = await openPage(browser, `${node.http}/docs?last=6h`);
      await page
        .getByRole('link', { name: /block lists/ })
        .first()
        .click();
      await page.waitForURL(
        (url) => url.pathname === '/docs/how-to/block-lists' && url.searchParams.get('last') === '6h',
      );
      const title = page.getByRole('article').getByRole('heading', { level: 1 });
      await expect.poll(() => title.textContent(), SOON).toMatch(/block lists/);
      expect(await page.locator('article pre').count()).toBeGreaterThan(0);
      await page.goBack();
      await expect.poll(() => title.textContent(), SOON).toBe('Documentation of Weir');
      expect(troubles).toEqual([]);
      expect(elsewhere).toEqual([]);
      await context.close();
    });

    test('is searched, and a hit leads to its section', async () => {
      const { page, context } = await openPage(browser, `${node.http}/docs`);
      await page.getByRole('searchbox', { name: 'search the documentation' }).fill('softflowd -n');
      const found = page.getByRole('region', { name: 'Found in the documentation' });
      await expect.poll(() => found.getByRole('link').count(), SOON).toBeGreaterThan(0);
      await found
        .getByRole('link', { name: /Point a router/ })
        .first()
        .click();
      await page.waitForURL((url) => url.pathname === '/docs/how-to/point-a-router' && url.hash !== '');
      const section = page.locator(new URL(page.url()).hash);
      const inView = async () => {
        const box = await section.boundingBox({ timeout: 1_000 }).catch(() => null);
        return box !== null && box.y >= 0 && box.y < 900;
      };
      await expect.poll(inView, SOON).toBe(true);
      await page.getByRole('searchbox').fill('flows xyzzy');
      await expect.poll(() => page.getByText('No section has all of these words.').count(), SOON).toBe(1);
      await context.close();
    });

    test('says of a page that is not there that it is none', async () => {
      const { page, context } = await openPage(browser, `${node.http}/docs/__proto__`);
      await expect.poll(() => page.getByText('There is no such page').count(), SOON).toBe(1);
      await context.close();
    });

    test.each([
      { path: '/docs/reference/metrics', width: 1280, height: 800, dark: true },
      { path: '/docs/how-to/point-a-router', width: 390, height: 844, dark: false },
    ])('has nothing that axe-core finds wrong, and nothing wider than the window: %o', async ({ path, ...how }) => {
      const { page, context } = await openPage(browser, `${node.http}${path}`, how);
      await expect.poll(() => page.getByRole('article').getByRole('heading', { level: 1 }).count(), SOON).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(how.width);
      await context.close();
    });
  },
);
