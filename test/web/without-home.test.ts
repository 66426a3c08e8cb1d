/** Pages of reports on a node that was not told what is home and that meters nothing, in Debian's Chromium. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder } from '../node.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };

describe.skipIf(noBrowser !== null)(
  `a node without home${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 240_000 },
  () => {
    const scratch = tempFolder();
    let node: TestNode;
    let browser: Browser;

    beforeAll(async () => {
      node = await startNode(join(scratch, 'data'), ['--no-host']);
      browser = await openBrowser();
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(scratch);
    });

    test('says what to set, calmly, with the lines and the page of the documentation', async () => {
      const { page, troubles, context } = await openPage(browser, `${node.http}/networks?last=15m`);
      const note = page.getByRole('note', { name: 'What to set: home' });
      await expect.poll(() => note.count(), SOON).toBe(1);
      expect(await note.textContent()).toContain('set `home`');
      expect(await note.locator('pre').textContent()).toMatch(/^home: \[10\.0\.0\.0\/8/);
      expect(await page.getByText('No answer').count()).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
      // The browser itself tells of the answer that refuses.
      expect(troubles.filter((t) => !/status of 400/.test(t))).toEqual([]);
      await note.getByRole('link').click();
      await page.waitForURL((url) => url.pathname === '/docs/how-to/home-and-sites' && url.searchParams.has('last'));
      await context.close();
    });

    test('says what a report without lines is made of, and how that comes', async () => {
      const { page, troubles, context } = await openPage(browser, `${node.http}/hosts?last=15m&tab=processes`);
      const advice = page.getByRole('link', { name: 'Meter this machine' });
      await expect.poll(() => advice.count(), SOON).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      expect(troubles).toEqual([]);
      await context.close();
    });
  },
);
