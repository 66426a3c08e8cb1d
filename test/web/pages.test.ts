/** Hosts, Applications, Networks and Data quality, in Debian's Chromium, of a real node with a day of a campus that is made up. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder, weir } from '../node.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };

interface Report {
  readonly tables: readonly {
    readonly title: string;
    readonly rows: readonly (readonly (string | number | null)[])[];
  }[];
}

describe.skipIf(noBrowser !== null)(
  `the pages of reports${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 360_000 },
  () => {
    const scratch = tempFolder();
    const data = join(scratch, 'demo');
    let node: TestNode;
    let browser: Browser;

    beforeAll(async () => {
      const { code, stderr } = await weir('demo', '--data', data, '--days', '1', '--flows', '3000');
      if (code !== 0) throw new Error(stderr);
      node = await startNode(data, ['--config', join(data, 'demo.yaml'), '--no-host']);
      browser = await openBrowser();
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(scratch);
    });

    const report = async (name: string) =>
      (await (await fetch(`${node.http}/api/v1/report/${name}?from=${Date.now() - 86_400_000}`)).json()) as Report;

    test('an interface by its name leads to its graph, out above and in below, and to its flows', async () => {
      const { page, troubles, context } = await openPage(browser, `${node.http}/networks?last=24h&tab=interfaces`);
      const table = page.getByRole('table', { name: 'Interfaces', exact: true });
      const row = table.getByRole('row').filter({ hasText: '10.10.0.1' }).filter({ hasText: 'servers' });
      await row.getByRole('button', { name: 'servers' }).click(SOON);
      await page.getByRole('menuitem', { name: 'Graph: out above, in below' }).click();
      const graph = page.getByRole('heading', { name: 'north (10.10.0.1) · servers (2): out above, in below' });
      await graph.waitFor();
      expect(new URL(page.url()).searchParams.get('interface')).toContain('10.10.0.1,2');
      // Nobody told how fast it is.
      expect(await row.textContent()).toContain('not known');
      await row.getByRole('button', { name: 'servers' }).click();
      await page.getByRole('menuitem', { name: 'Its flows' }).click();
      await expect
        .poll(() => new URL(page.url()).searchParams.get('filter'), SOON)
        .toBe('exporter = 10.10.0.1 and (in_if = 2 or out_if = 2)');
      expect(troubles).toEqual([]);
      await context.close();
    });

    test.each([
      ['as', 'systems'],
      ['countries', 'countries'],
    ])('%s: both ways by the other side, and of what is not known how much it is and why', async (tab, words) => {
      const { page, troubles, context } = await openPage(browser, `${node.http}/networks?last=24h&tab=${tab}`);
      const title = `b/s by known ${words} of the other side: to them above, from them below`;
      await page.getByRole('heading', { name: title }).waitFor(SOON);
      // Nothing is known here: an empty picture would say that there is no traffic.
      const note = page.getByRole('note').filter({ hasText: 'not drawn' });
      await expect.poll(() => note.textContent(), SOON).toContain('100.0 % of bytes out and 100.0 % of bytes in');
      expect(await note.textContent()).toContain('an address that no data of this node know');
      expect(await note.getByRole('link', { name: 'Know networks and places' }).count()).toBe(1);
      expect(await page.getByRole('img', { name: /over time$/ }).count()).toBe(0);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('what an answer is worth opens to a list in words, and to its JSON on a click', async () => {
      const { page, troubles, context } = await openPage(browser, `${node.http}/networks?last=24h&tab=as-pairs`);
      const strip = page.getByRole('button', { name: /^Quality of this answer/ });
      await strip.first().click(SOON);
      const dialog = page.getByRole('dialog', { name: 'What this answer is worth' });
      const lost = dialog.getByRole('table', { name: 'Loss', exact: true });
      await expect.poll(() => lost.textContent(), SOON).toMatch(/records received/);
      expect(await dialog.locator('pre').isVisible()).toBe(false);
      expect(await axeViolations(page)).toEqual([]);
      await dialog.getByText('As the API tells it').click();
      expect(await dialog.locator('pre').isVisible()).toBe(true);
      expect(await dialog.locator('pre').textContent()).toContain('"records"');
      expect(troubles).toEqual([]);
      await context.close();
    });

    test.each([
      ['hosts', 'talkers', 0],
      ['applications', 'categories', 0],
      ['networks', 'sites', 0],
      ['networks', 'interfaces', 0],
    ])('%s, %s: a graph, and the rows that the API answers', async (path, tab, first) => {
      const { tables } = await report(tab);
      const { page, troubles, elsewhere, context } = await openPage(
        browser,
        `${node.http}/${path}?last=24h&tab=${tab}`,
      );
      const table = page.getByRole('table', { name: tables[0]!.title });
      await expect.poll(() => table.getByRole('row').count(), SOON).toBeGreaterThan(1);
      const shown = await table.locator('tbody tr').first().locator('td').first().textContent();
      expect(shown).toBe(String(tables[0]!.rows[first]![0]));
      await expect
        .poll(
          () =>
            page
              .getByRole('img', { name: /over time$/ })
              .locator('canvas')
              .count(),
          SOON,
        )
        .toBe(1);
      expect(troubles).toEqual([]);
      expect(elsewhere).toEqual([]);
      await context.close();
    });

    test('a tab is in the address, and a row leads to a filter that all pages keep', async () => {
      const { page, context } = await openPage(browser, `${node.http}/networks?last=24h`);
      await page.getByRole('tab', { name: 'Subnets' }).click();
      await page.waitForURL((url) => url.searchParams.get('tab') === 'subnets');
      const first = page.getByRole('table').locator('tbody button').first();
      const subnet = await first.textContent({ timeout: SOON.timeout });
      expect(subnet).toMatch(/\/24$/);
      await first.click();
      await page.getByRole('menuitem', { name: 'Only this' }).click();
      await page.waitForURL((url) => url.searchParams.get('filter')?.includes(subnet!) === true);
      expect(await page.getByRole('alert').count()).toBe(0);
      await page.getByRole('link', { name: 'Applications' }).click();
      await page.waitForURL(
        (url) => url.pathname === '/applications' && url.searchParams.has('filter') && !url.searchParams.has('tab'),
      );
      await context.close();
    });

    test('data quality tells each exporter and host, and for what is wrong the likely cause and what to do', async () => {
      const { tables } = await report('data-quality');
      const { page, troubles, context } = await openPage(browser, `${node.http}/quality?last=24h`);
      const sources = page.getByRole('table', { name: 'Exporters and hosts' });
      await expect.poll(() => sources.locator('tbody tr').count(), SOON).toBe(tables[0]!.rows.length);
      expect(tables[0]!.rows.length).toBeGreaterThan(3);
      await expect
        .poll(() => page.getByRole('table', { name: 'What this node finds' }).getByRole('row').count(), SOON)
        .toBeGreaterThan(2);
      // What it says of how long moves on between the two questions.
      const [exporter, , cause, fix] = tables[1]!.rows[0]!;
      const wrong = page.getByRole('table', { name: 'What to look at' }).locator('tbody tr').first();
      const cells = () => wrong.locator('td').allTextContents();
      await expect.poll(async () => (await cells()).filter((_, i) => i !== 1), SOON).toEqual([exporter, cause, fix]);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('data quality says that a filter does not hold for it, and block lists draw what is listed alone', async () => {
      const filter = encodeURIComponent('src_addr = 203.0.113.1');
      const { page, troubles, context } = await openPage(browser, `${node.http}/quality?last=24h&filter=${filter}`);
      await expect.poll(() => page.getByRole('note').textContent(), SOON).toContain('filter does not hold here');
      const sources = page.getByRole('table', { name: 'Exporters and hosts' });
      await expect.poll(() => sources.locator('tbody tr').count(), SOON).toBeGreaterThan(3);
      await page.goto(`${node.http}/networks?last=24h&tab=blocklist`);
      await expect
        .poll(() => page.getByRole('heading', { name: 'b/s by blocklist, where one is known' }).count(), SOON)
        .toBe(1);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('the badge of the header leads to it', async () => {
      const { page, context } = await openPage(browser, `${node.http}/networks?last=24h`);
      await page.getByRole('link', { name: /^(well|\d+ to look at)$/ }).click();
      await page.waitForURL((url) => url.pathname === '/quality' && url.searchParams.get('last') === '24h');
      await context.close();
    });

    test.each([
      ['networks', 1280, 800, true],
      ['networks', 390, 844, false],
      ['quality', 1440, 900, false],
      ['quality', 390, 844, true],
    ])('%s has nothing that axe-core finds wrong, at %d x %d, dark: %s', async (path, width, height, dark) => {
      const { page, context } = await openPage(browser, `${node.http}/${path}?last=24h`, { width, height, dark });
      await expect.poll(() => page.getByRole('table').count(), SOON).toBeGreaterThan(0);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
      await context.close();
    });
  },
);
