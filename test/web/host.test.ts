/** The page of a host and the menu of values, in Debian's Chromium, of a real node with a block list. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeNetflow5 } from '../../src/wire/index.ts';
import { remove, startNode, type TestNode, tempFolder, until } from '../node.testing.ts';
import { openSender } from '../numbered.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };
const INSIDE = '10.0.0.5';
const LISTED = '198.51.100.7';
const PEERS = [LISTED, '192.168.0.1', '192.168.0.2'];
const LIST = 'own';

const number = (address: string) => address.split('.').reduce((n, part) => n * 256 + Number(part), 0);

type Flow = readonly [src: string, dst: string, srcPort: number, dstPort: number, bytes: number];

function datagram(flows: readonly Flow[]): Uint8Array {
  const now = Date.now();
  const rows = flows.map(([src, dst, srcPort, dstPort, bytes]) => ({
    ...{ src: number(src), dst: number(dst), srcPort, dstPort, protocol: 6 },
    ...{ packets: 10, bytes, startMs: now - 5_000, endMs: now - 1_000 },
  }));
  const head = { exportMs: now, bootMs: now - 30_000, sequence: 0, engineType: 0, engineId: 0 };
  return encodeNetflow5(rows, head).datagrams[0]!;
}

/** The inside host asks each peer, another host asks the last one and the inside host; all are answered but that one. */
const FLOWS: readonly Flow[] = [
  ...PEERS.flatMap((peer, i): Flow[] => [
    [INSIDE, peer, 40_000 + i, 443, 10_000 * (i + 1)],
    [peer, INSIDE, 443, 40_000 + i, 70_000 * (i + 1)],
  ]),
  ['10.0.0.6', PEERS.at(-1)!, 50_000, 443, 5_000],
  ['10.0.0.6', INSIDE, 50_001, 22, 5_000],
  [INSIDE, '10.0.0.6', 22, 50_001, 6_000],
];
const OUTSIDE: Flow = ['203.0.113.9', LISTED, 40_000, 443, 1_000];

describe.skipIf(noBrowser !== null)(`hosts${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, { timeout: 360_000 }, () => {
  const scratch = tempFolder();
  let node: TestNode;
  let browser: Browser;
  const asked = async (path: string) => (await fetch(`${node.http}/api/v1/${path}`)).json();

  beforeAll(async () => {
    const list = join(scratch, 'list.txt');
    const config = join(scratch, 'weir.yaml');
    writeFileSync(list, `${LISTED}\n`);
    writeFileSync(config, `blocklists:\n  - {name: ${LIST}, file: ${list}}\n`);
    node = await startNode(join(scratch, 'data'), ['--no-host', '--config', config]);
    const to = await openSender(node.port);
    const records = async (filter: string) => {
      const path = `query?metrics=records&filter=${encodeURIComponent(filter)}`;
      return ((await asked(path)) as { total: { records: number } }).total.records;
    };
    // A flow has the lists that are known when it comes: until there is one, another flow is sent.
    await until(
      async () => {
        await to.send(datagram([OUTSIDE]));
        return records(`blocklist = ${LIST}`);
      },
      (n) => n > 0,
    );
    await to.send(datagram(FLOWS));
    to.close();
    await until(
      () => records('net 10.0.0.0/8'),
      (n) => n === FLOWS.length,
    );
    browser = await openBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await node?.stop();
    remove(scratch);
  });

  const table = (page: Page, name: string) => page.getByRole('table', { name, exact: true });
  const values = (page: Page, name: string) => table(page, name).locator('tbody tr td:first-child').allTextContents();

  test('a hit of a block list is one click from its flows, and two from the inside host with all it contacted', async () => {
    const { page, troubles, elsewhere, context } = await openPage(browser, `${node.http}/?last=1h`);
    await page.evaluate(`
      globalThis.clicks = 0;
      document.addEventListener('click', ({ isTrusted }) => { if (isTrusted) globalThis.clicks += 1; }, true);`);
    const clicks = () => page.evaluate('globalThis.clicks');
    const contacts = page.getByRole('region', { name: 'Contacts with listed addresses' });
    const hit = contacts.getByRole('row').filter({ hasText: INSIDE });
    await hit.getByRole('link', { name: LIST, exact: true }).click(SOON);
    const rows = table(page, 'Flow records').locator('tbody tr');
    await expect.poll(() => rows.count(), SOON).toBe(2);
    expect(await clicks()).toBe(1);
    const heads = await table(page, 'Flow records').getByRole('columnheader').allTextContents();
    for (const name of ['blocklist', 'blocklist_side', 'src_addr', 'dst_addr', 'dst_country', 'process'])
      expect(heads).toContain(name);
    const cells = await rows.filter({ hasText: 'destination' }).locator('td').allTextContents();
    expect(cells).toEqual(expect.arrayContaining([LIST, INSIDE, LISTED, 'tcp']));
    await rows.first().getByRole('link', { name: INSIDE }).click();
    await page.waitForURL((url) => url.pathname === `/host/${INSIDE}` && !url.searchParams.has('filter'));
    expect(await clicks()).toBe(2);
    await expect.poll(async () => (await values(page, 'Sends to')).sort(), SOON).toEqual(['10.0.0.6', ...PEERS].sort());
    expect(troubles).toEqual([]);
    expect(elsewhere).toEqual([]);
    await context.close();
  });

  test('the page of a host has its peers, what it serves and when it is active, and nothing of other hosts', async () => {
    const { page, troubles, context } = await openPage(browser, `${node.http}/host/${INSIDE}?last=1h`);
    await expect
      .poll(async () => (await values(page, 'Gets from')).sort(), SOON)
      .toEqual(['10.0.0.6', ...PEERS].sort());
    await expect.poll(() => values(page, 'Ports served'), SOON).toEqual(['22']);
    await expect.poll(() => values(page, 'Ports asked'), SOON).toEqual(['443']);
    const hours = page.getByRole('img', { name: 'Bytes by hour of the day and day of the week' });
    await expect.poll(() => hours.locator('canvas').count(), SOON).toBeGreaterThan(0);
    // What the graph asks is about this host alone.
    const question = page.waitForRequest((r) => r.url().endsWith('/query') && r.postDataJSON().by.includes('category'));
    await page.reload();
    expect((await question).postDataJSON().filter).toBe(`ip ${INSIDE}`);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test('the menu of a value is used by keys: all but it, and its flows', async () => {
    const { page, troubles, context } = await openPage(browser, `${node.http}/host/${INSIDE}?last=1h`);
    const first = table(page, 'Sends to').getByRole('button', { name: PEERS.at(-1)!, exact: true });
    const item = (name: string) => page.getByRole('menuitem', { name, exact: true });
    await first.press('Enter', SOON);
    await item('All but this').press('Enter');
    await page.waitForURL((url) => url.searchParams.get('filter') === `not (dst_addr = ${PEERS.at(-1)})`);
    await expect.poll(() => first.count(), SOON).toBe(0);
    const left = table(page, 'Sends to').getByRole('button', { name: PEERS[1]!, exact: true });
    await left.press('Enter', SOON);
    await item('Its flows').press('Enter');
    await page.waitForURL(
      (url) =>
        url.pathname === '/flows' && url.searchParams.get('filter')?.endsWith(`and dst_addr = ${PEERS[1]}`) === true,
    );
    const rows = table(page, 'Flow records').locator('tbody tr');
    await expect.poll(() => rows.count(), SOON).toBe(1);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test('is kept as a view, and comes back by its name', async () => {
    const { page, troubles, context } = await openPage(browser, `${node.http}/host/${INSIDE}?last=1h`);
    await page.getByRole('button', { name: 'Save this view' }).click(SOON);
    await page.getByLabel('Name of the view').fill('One host');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('link', { name: 'All views' }).click(SOON);
    await page.getByRole('link', { name: 'One host', exact: true }).click(SOON);
    await page.waitForURL((url) => url.pathname === `/host/${INSIDE}` && url.searchParams.get('last') === '1h');
    expect(troubles).toEqual([]);
    await context.close();
  });

  test('a host that no flow names has one answer, which leads on to a longer range', async () => {
    const { page, troubles, context } = await openPage(browser, `${node.http}/host/2001:db8::1?last=1h`);
    await expect.poll(() => page.getByText('No flow of this address matches in this range.').count(), SOON).toBe(1);
    await expect.poll(() => page.getByRole('region', { name: 'Sends to' }).count(), SOON).toBe(0);
    // What is known without any flow is told all the same.
    const known = page.getByRole('table', { name: 'Known of the address' });
    await expect.poll(() => known.getByRole('row').count(), SOON).toBeGreaterThan(3);
    await page.getByRole('button', { name: 'Last 6h' }).click();
    await page.waitForURL((url) => url.searchParams.get('last') === '6h');
    expect(troubles).toEqual([]);
    await context.close();
  });

  test('an address that somebody has leads to its host, a network to its hosts, and what is neither is told so', async () => {
    const { page, troubles, context } = await openPage(browser, `${node.http}/?last=1h`);
    await page.getByRole('button', { name: 'Find a host' }).click(SOON);
    const box = page.getByRole('textbox', { name: 'Address or network' });
    await box.fill('10.0.0.500');
    await box.press('Enter');
    await page.getByText('no address and no network').waitFor(SOON);
    await box.fill(` ${INSIDE} `);
    await box.press('Enter');
    await page.waitForURL((url) => url.pathname === `/host/${INSIDE}` && url.searchParams.get('last') === '1h');
    await page.getByRole('heading', { name: INSIDE }).waitFor(SOON);
    await page.keyboard.press('h');
    await box.fill('10.0.0.0/24');
    await box.press('Enter');
    await page.waitForURL((url) => url.pathname === '/hosts' && url.searchParams.get('filter') === 'net 10.0.0.0/24');
    expect(await axeViolations(page)).toEqual([]);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test.each([
    ['2001:db8::1', 'No flow of this address matches in this range.'],
    ['%3Cscript%3Ealert(1)%3C%2Fscript%3E', 'This is no address'],
    ['10.0.0.5%20or%20any', 'This is no address'],
    ['10.10.1.300', 'This is no address'],
    ['..%2F..%2Fetc%2Fpasswd', 'This is no address'],
  ])('/host/%s says: %s', async (path, says) => {
    const { page, troubles, context } = await openPage(browser, `${node.http}/host/${path}?last=1h`);
    await expect.poll(() => page.getByText(says).count(), SOON).toBeGreaterThan(0);
    expect(await page.getByText('No answer').count()).toBe(0);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test.each([
    [1440, 900, false],
    [390, 844, true],
  ])('has nothing that axe-core finds wrong, with an open menu, at %d x %d, dark: %s', async (width, height, dark) => {
    const { page, context } = await openPage(browser, `${node.http}/host/${INSIDE}?last=1h`, { width, height, dark });
    await table(page, 'Sends to').getByRole('button').first().click(SOON);
    await expect.poll(() => page.getByRole('menuitem').count(), SOON).toBeGreaterThan(4);
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
    await context.close();
  });
});
