/** The page of flow records, in Debian's Chromium, of a real node with two exporters that see the same flows. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder, until } from '../node.testing.ts';
import { numberedDatagram, openSender } from '../numbered.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };
const DATAGRAMS = 20;
const FLOWS = 30;

describe.skipIf(noBrowser !== null)(`flows${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, { timeout: 360_000 }, () => {
  const data = tempFolder();
  let node: TestNode;
  let browser: Browser;
  const send = async (first: number, count: number) => {
    const to = await openSender(node.port);
    for (let i = first; i < first + count; i++)
      await to.send(Buffer.from(numberedDatagram(i, Date.now() - 30_000, 0, FLOWS)));
    to.close();
  };
  const records = async () => {
    const answer = await fetch(`${node.http}/api/v1/flows?limit=1`);
    return ((await answer.json()) as { total: { records: number } }).total.records;
  };

  beforeAll(async () => {
    node = await startNode(data, ['--no-host']);
    await send(0, DATAGRAMS);
    await until(records, (n) => n === DATAGRAMS * FLOWS);
    browser = await openBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await node?.stop();
    remove(data);
  });

  test('shows all records as they are scrolled to, draws few of them, and opens one with every field', async () => {
    const { page, troubles, elsewhere, context } = await openPage(browser, `${node.http}/flows?last=1h`);
    const rows = page.getByRole('table', { name: 'Flow records' }).getByRole('row');
    await expect.poll(() => rows.count(), SOON).toBeGreaterThan(10);
    expect(await rows.count()).toBeLessThan(80);
    const place = page.getByRole('group', { name: 'Records' });
    const scrolled = async () => {
      await place.evaluate((element) => {
        element.scrollTop = element.scrollHeight;
      });
      return page.getByText(`${DATAGRAMS * FLOWS} of ${DATAGRAMS * FLOWS}`).count();
    };
    await expect.poll(scrolled, SOON).toBe(1);
    await rows.last().getByRole('button').click();
    const fields = page.getByRole('table', { name: 'Fields' });
    await expect.poll(() => fields.getByRole('rowheader', { name: 'exporter', exact: true }).count(), SOON).toBe(1);
    await expect.poll(() => fields.getByText('address that the export came from').count(), SOON).toBe(1);
    const seen = page.getByRole('table', { name: 'Vantage points' });
    await expect.poll(() => seen.getByRole('row').count(), SOON).toBeGreaterThan(1);
    expect(troubles).toEqual([]);
    expect(elsewhere).toEqual([]);
    await context.close();
  });

  test('a record that is open has an address: Back closes it, a link opens it, and one that is not kept is told', async () => {
    const { page, troubles, context } = await openPage(browser, `${node.http}/flows?last=1h`);
    const list = page.getByRole('table', { name: 'Flow records' });
    await list.getByRole('row').nth(3).getByRole('button').click(SOON);
    const drawer = page.getByRole('dialog', { name: 'One flow record' });
    const value = (field: string) =>
      drawer
        .getByRole('row', { name: new RegExp(`^${field} `) })
        .getByRole('cell')
        .first();
    const source = await value('src_addr').textContent(SOON);
    const link = page.url();
    expect(new URL(link).searchParams.get('flow')).toContain(source);
    await page.goBack();
    await expect.poll(() => drawer.count(), SOON).toBe(0);
    await page.goto(link);
    await expect.poll(() => value('src_addr').textContent(SOON), SOON).toBe(source);
    expect(troubles).toEqual([]);
    await page.goto(`${node.http}/flows?last=1h&flow=${encodeURIComponent('udp 192.0.2.1:1 > 192.0.2.2:2')}`);
    await drawer.getByText(/^no record of udp/).waitFor(SOON);
    await page.goto(`${node.http}/flows?last=1h&flow=nonsense`);
    await drawer.getByText('names no flow').waitFor(SOON);
    await context.close();
  });

  test('keeps columns and order in the address', async () => {
    const { page, context } = await openPage(browser, `${node.http}/flows?last=1h`);
    await page.getByLabel('columns').selectOption('counters');
    await page.getByLabel('order').selectOption('bytes');
    await page.waitForURL(
      (url) => url.searchParams.get('order') === 'bytes' && url.searchParams.get('tab') === 'counters',
    );
    await expect.poll(() => page.getByRole('columnheader', { name: 'raw_bytes' }).count(), SOON).toBe(1);
    await context.close();
  });

  test('follows what arrives', async () => {
    const { page, context } = await openPage(browser, `${node.http}/flows?last=1h`);
    const question = page.waitForRequest((request) => request.url().endsWith('/flows') && !request.postDataJSON().page);
    await page.getByLabel('live tail').check();
    await page.waitForURL((url) => url.searchParams.get('tail') === 'yes');
    // Again and again: never over the whole range.
    expect(Date.now() - (await question).postDataJSON().from).toBeLessThan(6 * 60_000);
    const told = page.getByText(/^\d+ of /);
    const count = async () =>
      Number(/^200 of (\d+) of the last 5 minutes$/.exec((await told.textContent()) ?? '')?.[1]);
    await expect.poll(count, SOON).toBeGreaterThan(200);
    const before = await count();
    await send(DATAGRAMS, 1);
    await expect.poll(count, SOON).toBeGreaterThan(before);
    await context.close();
  });

  test.each([
    [1440, 900, false],
    [390, 844, true],
  ])('has nothing that axe-core finds wrong at %d x %d, dark: %s', async (width, height, dark) => {
    const { page, context } = await openPage(browser, `${node.http}/flows?last=1h`, { width, height, dark });
    await expect.poll(() => page.getByRole('button', { name: /^Quality of this answer/ }).count(), SOON).toBe(1);
    // A telephone has all that a record is about in two lines.
    const first = (await page.locator('.flows-line').first().textContent(SOON)) ?? '';
    if (width < 500) expect(first).toMatch(/ · .+ · .*\dB?.*→ /);
    else expect(first).not.toContain('→');
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
    await context.close();
  });
});
