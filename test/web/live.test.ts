/** The live side of the overview, and its graph, of a real node: what arrives is seen, a flood and a scan stand out at every range, what was not measured is shaded. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeNetflow5 } from '../../src/wire/index.ts';
import { remove, startNode, type TestNode, tempFolder } from '../node.testing.ts';
import { N, numberedDatagram, openSender } from '../numbered.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };
const FLOOD_DATAGRAMS = 400;
const SCANNED = 240;

/** One source tries an address of the home network after the other: 30 to a datagram, each a single packet. */
function scanDatagram(n: number, bootMs: number): Uint8Array {
  const now = Date.now();
  const rows = Array.from({ length: N }, (_, i) => ({
    src: 0xc633_6407,
    dst: 0xc0a8_0100 + n * N + i,
    ...{ packets: 1, bytes: 40, startMs: now - 1_000, endMs: now, srcPort: 40_000, dstPort: 445, protocol: 6 },
  }));
  return encodeNetflow5(rows, { exportMs: now, bootMs, sequence: n * N, engineType: 0, engineId: 9 }).datagrams[0]!;
}

describe.skipIf(noBrowser !== null)(
  `what arrives${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 360_000 },
  () => {
    const data = tempFolder();
    let node: TestNode;
    let browser: Browser;
    let feed: NodeJS.Timeout;
    let close: () => void;

    beforeAll(async () => {
      node = await startNode(data, ['--no-host', '--home', '192.168.0.0/16']);
      const to = await openSender(node.port);
      const boot = Date.now() - 30_000;
      for (let n = 0; n < FLOOD_DATAGRAMS; n++) {
        await to.send(numberedDatagram(n, boot));
        if (n < SCANNED / N) await to.send(scanDatagram(n, boot));
      }
      // A little all the time, of one address that sends nothing else.
      let n = 0;
      feed = setInterval(() => void to.send(numberedDatagram(100_000 + n++, boot, 3, 10)), 250);
      close = to.close;
      browser = await openBrowser();
    }, 180_000);
    afterAll(async () => {
      clearInterval(feed);
      close?.();
      await browser?.close();
      await node?.stop();
      remove(data);
    });

    const labelOf = async (page: Page, name: RegExp) =>
      (await page.getByRole('img', { name }).first().getAttribute('aria-label', { timeout: 60_000 })) ?? '';

    test('is seen second by second: rates, who sends, and a graph that goes on', async () => {
      const { page, troubles, elsewhere, context } = await openPage(browser, `${node.http}/`);
      const rates = page.getByTestId('live-rates');
      await expect.poll(() => rates.textContent(), SOON).toMatch(/[1-9].* b\/s|[1-9].*flows\/s/);
      const first = await rates.textContent();
      await expect.poll(() => rates.textContent(), SOON).not.toBe(first);
      const talkers = page.getByRole('table', { name: 'Talkers, now' });
      const before = await talkers.getByRole('button').first().textContent(SOON);
      // Each datagram is of another sender: the table follows.
      await expect.poll(() => talkers.getByRole('button').first().textContent(), SOON).not.toBe(before);
      expect(await labelOf(page, /last 5 minutes/)).toMatch(/largest: [1-9]/);
      expect(await page.getByText(/does not meter its own machine/).count()).toBe(1);
      // A view that this node has not is not even asked for.
      expect(troubles).toEqual([]);
      expect(elsewhere).toEqual([]);
      await context.close();
    });

    test('windows side by side share one stream, and leave connections for questions', async () => {
      const { page, context } = await openPage(browser, `${node.http}/`);
      const pages = [page];
      // A browser has six connections to a node.
      for (let more = 0; more < 4; more++) pages.push(await context.newPage());
      for (const other of pages.slice(1)) await other.goto(`${node.http}/`);
      const isMoving = async (one: Page) => {
        const rates = one.getByTestId('live-rates');
        await expect.poll(() => rates.textContent(), SOON).toMatch(/[1-9].* b\/s|[1-9].*flows\/s/);
        const first = await rates.textContent();
        await expect.poll(() => rates.textContent(), SOON).not.toBe(first);
      };
      for (const one of pages) await isMoving(one);
      // Whichever reads it for the others closes: another takes its place.
      await pages.shift()!.close();
      for (const one of pages) await isMoving(one);
      await pages.at(-1)!.getByRole('link', { name: 'Hosts', exact: true }).click();
      await pages.at(-1)!.getByText('Roles', { exact: true }).waitFor(SOON);
      await pages
        .at(-1)!
        .getByRole('button', { name: /^Quality of this answer/ })
        .first()
        .waitFor(SOON);
      await context.close();
    });

    test('keeps to the filter of the page', async () => {
      const filter = encodeURIComponent('dst port 445');
      const { page, context } = await openPage(browser, `${node.http}/?filter=${filter}`);
      await expect.poll(() => page.getByText('Nothing has arrived').count(), SOON).toBe(1);
      await context.close();
    });

    test('the graph shows another metric by a click, and Back leads to the one before', async () => {
      const { page, context } = await openPage(browser, `${node.http}/?last=15m`);
      const graph = (name: string) => page.getByRole('img', { name: new RegExp(`^${name} by category`) });
      await expect.poll(() => graph('Traffic').count(), SOON).toBe(1);
      await page.getByText('flows/s', { exact: true }).click();
      await expect.poll(() => graph('Flows').count(), SOON).toBe(1);
      expect(new URL(page.url()).searchParams.get('metric')).toBe('fps');
      await page.goBack();
      await expect.poll(() => graph('Traffic').count(), SOON).toBe(1);
      await context.close();
    });

    test('the time before the node began is shaded', async () => {
      const { page, context } = await openPage(browser, `${node.http}/?last=1h`);
      await expect.poll(() => labelOf(page, /^Traffic by category/), SOON).toMatch(/not all was measured: 1$/);
      await context.close();
    });

    test.each(['6h', '24h', '730d'])(
      'a flood is seen by its flows, and a scan by its hosts, in the last %s',
      async (last) => {
        const { page, context } = await openPage(browser, `${node.http}/?last=${last}&metric=fps`);
        const largest = async () => {
          const [, n = '0', prefix = ''] =
            /largest minute: ([\d.]+) (k?)flows/.exec(await labelOf(page, /^Flows by category/)) ?? [];
          return Number(n) * (prefix === 'k' ? 1_000 : 1);
        };
        // All of it, or the larger half where it came at the turn of a minute.
        await expect.poll(largest, SOON).toBeGreaterThanOrEqual((FLOOD_DATAGRAMS * N) / 60 / 2 - 1);
        await page.getByText('hosts', { exact: true }).click();
        const scanned = async () =>
          Number(/largest: ([\d.]+) hosts/.exec(await labelOf(page, /^Hosts here/))?.[1] ?? 0);
        // Counted, or from sketches.
        await expect.poll(scanned, SOON).toBeGreaterThan(0.9 * SCANNED);
        expect(await scanned()).toBeLessThan(1.1 * SCANNED + 2);
        await context.close();
      },
    );

    test.each([
      [1440, 900, false],
      [390, 844, true],
    ])('has nothing that axe-core finds wrong at %d x %d, dark: %s', async (width, height, dark) => {
      const { page, context } = await openPage(browser, `${node.http}/?metric=hosts`, { width, height, dark });
      await expect.poll(() => page.getByRole('table', { name: 'Talkers, now' }).count(), SOON).toBe(1);
      await expect.poll(() => page.getByRole('img', { name: /^Hosts here/ }).count(), SOON).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
      await context.close();
    });
  },
);
