/** Explore, the filter editor, ranges in words, what counts, and the keys, in Debian's Chromium, of a real node that numbered datagrams went to. */
import { get } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder, until } from '../node.testing.ts';
import { numberedDatagram, openSender } from '../numbered.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };
const SENDERS = 12;

describe.skipIf(noBrowser !== null)(
  `explore${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 360_000 },
  () => {
    const data = tempFolder();
    let node: TestNode;
    let browser: Browser;

    beforeAll(async () => {
      node = await startNode(data, ['--no-host']);
      const to = await openSender(node.port);
      for (let n = 1; n <= SENDERS; n++) await to.send(numberedDatagram(n, Date.now() - 30_000));
      to.close();
      browser = await openBrowser();
      await until(
        async () =>
          ((await (await fetch(`${node.http}/api/v1/query?metrics=flows`)).json()) as { total: { flows: number } })
            .total.flows,
        (flows) => flows === SENDERS * 30,
      );
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(data);
    });

    const at = (page: Page) => new URL(page.url()).searchParams;
    const filterOf = (page: Page) => page.getByRole('textbox', { name: 'Filter' });
    /** By keys, over what stood there. `fill` lets Chromium keep the style of a marked word as an inline one, which the content policy refuses aloud. */
    const type = async (page: Page, text: string) => {
      await filterOf(page).focus();
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
    };

    test('has in its table what the API answers: totals of groups, and what is in none that is shown', async () => {
      const { page, troubles, elsewhere, context } = await openPage(
        browser,
        `${node.http}/explore?last=15m&by=src_addr&metric=flows&top=5`,
      );
      const table = page.getByRole('table', { name: 'flows by src_addr' });
      await expect.poll(() => table.getByRole('row').count(), SOON).toBe(7);
      const totals = await table.locator('tbody tr td:nth-last-child(2)').allTextContents();
      expect(totals.map(Number)).toEqual([30, 30, 30, 30, 30, 30 * (SENDERS - 5)]);
      expect(await table.getByText('all others').count()).toBe(1);
      expect(await page.getByText(/are of steps of one minute/).count()).toBe(1);
      expect(troubles).toEqual([]);
      expect(elsewhere).toEqual([]);
      await context.close();
    });

    test('puts dimensions in their order into the address, and Back takes it back', async () => {
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m&by=src_addr`);
      await page.locator('input[aria-label="One more dimension"]').fill('dst_port');
      await page.getByRole('option', { name: 'dst_port', exact: true }).click();
      await page.waitForURL((url) => url.searchParams.get('by') === 'src_addr,dst_port');
      await page.getByRole('button', { name: 'dst_port before src_addr' }).click();
      await page.waitForURL((url) => url.searchParams.get('by') === 'dst_port,src_addr');
      await expect.poll(() => page.getByRole('table').getByText('10.0.0.12').count(), SOON).toBeGreaterThan(0);
      await page.goBack();
      await page.waitForURL((url) => url.searchParams.get('by') === 'src_addr,dst_port');
      await page.getByRole('button', { name: 'not by src_addr' }).click();
      await page.waitForURL((url) => url.searchParams.get('by') === 'dst_port');
      await context.close();
    });

    test('draws each kind of chart', async () => {
      const { page, troubles, context } = await openPage(
        browser,
        `${node.http}/explore?last=15m&by=src_addr,dst_port&before=yes&chart=matrix`,
      );
      for (const kind of ['stacked', 'lines', 'shares', 'bars', 'heatmap', 'sankey', 'matrix']) {
        await page.getByRole('radiogroup', { name: 'Chart' }).getByText(kind, { exact: true }).click();
        await page.waitForURL((url) => url.searchParams.get('chart') === kind);
        await expect.poll(() => inkOf(page), SOON).toBeGreaterThan(500);
      }
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('a heat map that follows another chart has its shades', async () => {
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m&by=src_addr`);
      await expect.poll(() => inkOf(page), SOON).toBeGreaterThan(500);
      await page.getByRole('radiogroup', { name: 'Chart' }).getByText('heatmap', { exact: true }).click();
      // Its cells are green; the library paints blue what has no shade.
      await expect.poll(() => inkOf(page, 'data[i - 2] > data[i - 3] + 5'), SOON).toBeGreaterThan(500);
      expect(await inkOf(page, 'data[i - 1] > data[i - 2] + 40')).toBeLessThan(500);
      await context.close();
    });

    test('says of what does not add up that it is drawn as lines', async () => {
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m&by=dst_port&metric=avg_packet`);
      await expect.poll(() => page.getByText(/does not add up to that of all/).count(), SOON).toBe(1);
      expect(await page.getByRole('columnheader', { name: 'total' }).count()).toBe(0);
      await context.close();
    });

    test('takes a range that is marked on the chart', async () => {
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m&by=src_addr`);
      const chart = page.getByRole('img', { name: /over time$/ });
      await expect.poll(() => chart.locator('canvas').count(), SOON).toBe(1);
      // What comes above it may move it: then the mouse misses it, and tries again.
      const isMarked = () => at(page).has('from');
      const marked = async () => {
        if (isMarked()) return true;
        const box = (await chart.boundingBox())!;
        await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 8 });
        await page.mouse.up();
        return isMarked();
      };
      await expect.poll(marked, { ...SOON, interval: 1_000 }).toBe(true);
      expect(Number(at(page).get('to')) - Number(at(page).get('from'))).toBeLessThan(5 * 60_000);
      await context.close();
    });

    test('completes the filter with words of the language and with values that were seen, and Tab takes the first', async () => {
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m`);
      await filterOf(page).click();
      await page.keyboard.type('dst_por');
      await expect.poll(() => page.getByRole('option', { name: /^dst_port/ }).count(), SOON).toBeGreaterThan(0);
      // While completions are being looked for, Tab does nothing.
      const tabbed = async (text: string) => {
        if ((await filterOf(page).textContent()) !== text) await page.keyboard.press('Tab');
        return filterOf(page).textContent();
      };
      await expect.poll(() => tabbed('dst_port'), SOON).toBe('dst_port');
      await page.keyboard.type(' = 4');
      await expect.poll(() => page.getByRole('option', { name: /^443/ }).count(), SOON).toBe(1);
      await expect.poll(() => tabbed('dst_port = 443'), SOON).toBe('dst_port = 443');
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.searchParams.get('filter') === 'dst_port = 443');
      await context.close();
    });

    test('marks a mistake in the filter where it is, with what was meant', async () => {
      const { page, troubles, context } = await openPage(browser, `${node.http}/explore?last=15m`);
      await type(page, 'dst prt 443');
      await expect
        .poll(
          () =>
            page
              .locator('.cm-lintRange-error')
              .textContent({ timeout: 1_000 })
              .catch(() => ''),
          SOON,
        )
        .toContain('prt');
      expect(await page.locator('.filter-problem').textContent()).toMatch(/column \d+: .*prt/);
      await type(page, 'dst_prot 443');
      await expect
        .poll(
          () =>
            page
              .locator('.filter-problem')
              .textContent({ timeout: 1_000 })
              .catch(() => ''),
          SOON,
        )
        .toMatch(/did you mean \w+\?/);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('takes no filter that is longer than the node takes, and runs nothing that stands in one', async () => {
      const injected = `"<img src=x onerror=alert(1)>"`;
      const { page, troubles, elsewhere, context } = await openPage(
        browser,
        `${node.http}/explore?last=15m&filter=${encodeURIComponent(`application = ${injected}`)}`,
      );
      await expect.poll(() => filterOf(page).textContent(), SOON).toContain(injected);
      expect(await page.locator('img[src="x"]').count()).toBe(0);
      await filterOf(page).click();
      const before = await filterOf(page).textContent();
      await page.keyboard.insertText('x'.repeat(70_000));
      expect(await filterOf(page).textContent()).toBe(before);
      expect(troubles.filter((t) => !/status of 4/.test(t))).toEqual([]);
      expect(elsewhere).toEqual([]);
      await context.close();
    });

    test('takes a range in words, and says what is none', async () => {
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m`);
      const range = page.locator('input[aria-label="Range of time"]');
      await range.fill('yesterday 9 to 11');
      await range.press('Enter');
      await page.waitForURL((url) => url.searchParams.has('from'));
      expect(Number(at(page).get('to')) - Number(at(page).get('from'))).toBe(2 * 3_600_000);
      await range.fill('last 3 days');
      await range.press('Enter');
      await page.waitForURL((url) => url.searchParams.get('last') === '3d' && !url.searchParams.has('from'));
      await range.fill('soon');
      await range.press('Enter');
      await expect.poll(() => range.getAttribute('aria-invalid'), SOON).toBe('true');
      expect(at(page).get('last')).toBe('3d');
      await page.getByRole('button', { name: 'Stay at this time' }).click();
      await page.waitForURL((url) => url.searchParams.has('from'));
      await page.getByRole('button', { name: 'Follow now' }).click();
      await page.waitForURL((url) => url.searchParams.has('last'));
      await context.close();
    });

    test('asks for what counts as it is chosen', async () => {
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m`);
      await page.getByRole('button', { name: 'What counts' }).click();
      const asked = page.waitForRequest(
        (r) => r.url().endsWith('/api/v1/query') && r.postData()?.includes('"duplicates":"all"') === true,
      );
      await page.getByLabel('as often as it was seen').check();
      await asked;
      expect(at(page).get('duplicates')).toBe('all');
      await context.close();
    });

    test('is gone to and from with keys', async () => {
      const { page, troubles, context } = await openPage(browser, `${node.http}/explore?last=15m&by=dst_port`);
      await expect.poll(() => filterOf(page).count(), SOON).toBe(1);
      await page.keyboard.press('/');
      await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")'), SOON).toBe('Filter');
      await page.keyboard.type('g n');
      expect(new URL(page.url()).pathname).toBe('/explore');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await page.keyboard.press('g');
      await page.keyboard.press('n');
      await page.waitForURL((url) => url.pathname === '/networks' && !url.searchParams.has('by'));
      await page.keyboard.press('?');
      await expect.poll(() => page.getByRole('dialog', { name: 'Keys' }).count(), SOON).toBe(1);
      // Without `home` the node refuses the report of sites, and says what to set.
      expect(troubles.filter((t) => !/status of 400/.test(t))).toEqual([]);
      await context.close();
    });

    test('asks no longer when the page is left: what waits at the node is gone', async () => {
      const to = await openSender(node.port);
      for (let n = 1_000; n < 5_000; n++) await to.send(numberedDatagram(n, Date.now() - 30_000, 7));
      to.close();
      const asked = async (text: string) => {
        const { queries } = (await (await fetch(`${node.http}/api/v1/queries`)).json()) as { queries: Asked[] };
        return queries.filter((q) => `${q.kind} ${q.state} ${q.text}`.includes(text));
      };
      // Two lists of flows that nobody reads to their end take both places: each other question waits.
      const held = [0, 1].map(() =>
        get(`${node.http}/api/v1/flows?format=jsonl&limit=1000000`, (answer) => answer.pause()).on('error', () => {}),
      );
      const found = (some: readonly Asked[]) => some.length > 0;
      await until(
        () => asked('flows running'),
        (some) => some.length === 2,
      );
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m&by=dst_addr,src_port`);
      await until(() => asked('dst_addr'), found);
      expect(await page.getByRole('progressbar').count()).toBeGreaterThan(0);
      // After half a second it says how far it is, and takes it back where that is wanted.
      const name = 'bps by dst_addr, src_port';
      await page
        .getByText(/^\d+ % of what must be read is read/)
        .first()
        .waitFor(SOON);
      await page.getByRole('button', { name: `Cancel ${name}`, exact: true }).click(SOON);
      await until(
        () => asked('src_port'),
        (some) => !found(some),
      );
      await page.getByRole('region', { name, exact: true }).getByRole('button', { name: 'Ask again' }).click(SOON);
      await until(() => asked('src_port'), found);
      await page.getByRole('link', { name: 'Data quality' }).click();
      await page.waitForURL((url) => url.pathname === '/quality');
      await until(
        () => asked('dst_addr'),
        (some) => !found(some),
      );
      for (const request of held) request.destroy();
      await context.close();
    });

    test.each([
      [1280, 800, true, ''],
      [390, 844, false, '&chart=sankey&by=src_addr,dst_port'],
    ])('has nothing that axe-core finds wrong, at %d x %d, dark: %s%s', async (width, height, dark, chart) => {
      const { page, context } = await openPage(browser, `${node.http}/explore?last=15m${chart}`, {
        width,
        height,
        dark,
      });
      await expect.poll(() => page.getByRole('table').count(), SOON).toBeGreaterThan(0);
      await expect.poll(() => filterOf(page).count(), SOON).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
      await context.close();
    });
  },
);

interface Asked {
  readonly kind: string;
  readonly text: string;
  readonly state: string;
}

/** Dots of the chart that are drawn on, in all its layers: none on an empty one. */
async function inkOf(page: Page, isCounted = 'true'): Promise<number> {
  return page.evaluate(`(() => {
    let ink = 0;
    for (const layer of document.querySelectorAll('[role="img"] canvas')) {
      const copy = new OffscreenCanvas(layer.width, layer.height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(layer, 0, 0);
      const { data } = copy.getImageData(0, 0, layer.width, layer.height);
      for (let i = 3; i < data.length; i += 4) if (data[i] > 0 && (${isCounted})) ink += 1;
    }
    return ink;
  })()`);
}
