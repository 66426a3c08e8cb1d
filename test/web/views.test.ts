/** Saved views in the dashboard, in Debian's Chromium, of a real node: kept, opened by others from a link, renamed, deleted. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder } from '../node.testing.ts';
import { numberedDatagram, openSender } from '../numbered.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

/** A page asks half a dozen questions at once, of a machine that may have much else to do. */
const SOON = { timeout: 60_000 };
const ASKED = '/explore?last=6h&by=src_addr&metric=bytes&chart=lines&filter=format%20%3D%20netflow5';

interface Saved {
  readonly id: string;
  readonly name: string;
  readonly shared: boolean;
  readonly state: Readonly<Record<string, unknown>>;
}

describe.skipIf(noBrowser !== null)(
  `saved views${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  {
    timeout: 360_000,
  },
  () => {
    const data = tempFolder();
    let node: TestNode;
    let browser: Browser;

    beforeAll(async () => {
      node = await startNode(data, ['--no-host']);
      const to = await openSender(node.port);
      await to.send(Buffer.from(numberedDatagram(1, Date.now() - 30_000, 0, 30)));
      to.close();
      browser = await openBrowser();
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(data);
    });

    const saved = async () =>
      ((await (await fetch(`${node.http}/api/v1/views`)).json()) as { views: readonly Saved[] }).views;
    const save = async (page: Page, name: string, button: string) => {
      await page.getByRole('button', { name: 'Save this view' }).click(SOON);
      await page.getByRole('textbox', { name: 'Name of the view' }).fill(name);
      await page.getByRole('button', { name: button, exact: true }).click(SOON);
      await page.getByText(`Saved as ${name}.`).waitFor(SOON);
    };

    test('a page is saved by name, and its link shows the same to whoever opens it', async () => {
      const { page, troubles, elsewhere, context } = await openPage(browser, `${node.http}${ASKED}`);
      await save(page, 'Who sends', 'Save');
      expect((await saved()).map(({ name, state }) => [name, state])).toEqual([
        ['Who sends', { last: '6h', by: 'src_addr', metric: 'bytes', chart: 'lines', filter: 'format = netflow5' }],
      ]);
      await page.getByRole('link', { name: 'All views' }).click(SOON);
      const link = page
        .getByRole('table', { name: 'Saved views' })
        .getByRole('link', { name: 'Who sends', exact: true });
      const address = new URL((await link.getAttribute('href', SOON))!, node.http).href;
      const picture = page.getByRole('link', { name: 'Picture of Who sends' });
      const drawn = await fetch(new URL((await picture.getAttribute('href', SOON))!, node.http));
      expect(drawn.headers.get('content-type')).toBe('image/png');
      expect(troubles).toEqual([]);
      expect(elsewhere).toEqual([]);
      await context.close();

      const other = await openPage(browser, address);
      await other.page.getByRole('table', { name: 'bytes by src_addr' }).waitFor(SOON);
      expect(await other.page.getByRole('combobox', { name: 'Metric' }).inputValue()).toBe('bytes');
      expect(Object.fromEntries(new URL(other.page.url()).searchParams)).toMatchObject({
        last: '6h',
        filter: 'format = netflow5',
      });
      expect(other.troubles).toEqual([]);
      await other.context.close();
    });

    test('a second view of the same name replaces the first where that is wanted', async () => {
      const { page, context } = await openPage(browser, `${node.http}/hosts?last=24h`);
      await save(page, 'Hosts', 'Save');
      await context.close();
      const again = await openPage(browser, `${node.http}/hosts?last=7d`);
      await save(again.page, 'Hosts', 'Replace');
      await again.context.close();
      expect((await saved()).filter(({ name }) => name === 'Hosts').map(({ state }) => state)).toEqual([
        { last: '7d' },
      ]);
    });

    test('they are shared, renamed and deleted where they are listed', async () => {
      const body = JSON.stringify({ name: 'Old <b>name</b>', page: '/', state: {} });
      const headers = { 'content-type': 'application/json' };
      await fetch(`${node.http}/api/v1/views`, { method: 'POST', body, headers });
      const { page, troubles, context } = await openPage(browser, `${node.http}/views`);
      // The text of a name is a text, whatever stands in it.
      await page.getByRole('link', { name: 'Old <b>name</b>', exact: true }).waitFor(SOON);
      await page.getByRole('button', { name: 'Rename Old <b>name</b>' }).click(SOON);
      await page.getByRole('textbox', { name: 'New name' }).fill('New name of it');
      await page.getByRole('button', { name: 'Rename', exact: true }).click(SOON);
      await page.getByRole('link', { name: 'New name of it', exact: true }).waitFor(SOON);
      await page.getByRole('switch', { name: 'New name of it is shared' }).click({ ...SOON, force: true });
      await expect
        .poll(async () => (await saved()).find(({ name }) => name === 'New name of it')?.shared, SOON)
        .toBe(true);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Delete New name of it' }).click(SOON);
      await page.getByRole('button', { name: 'Delete it for good' }).click(SOON);
      await expect.poll(async () => (await saved()).some(({ name }) => name === 'New name of it'), SOON).toBe(false);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('a report on a dashboard has its largest lines, and leads to all of them', async () => {
      const post = async (path: string, body: object) => {
        const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
        return (await (await fetch(`${node.http}/api/v1/${path}`, init)).json()) as { id: string };
      };
      const view = { name: 'All ports', page: '/applications', shared: true, state: { last: '6h', tab: 'ports' } };
      const panels = [{ view: (await post('views', view)).id, width: 3 }];
      const { id } = await post('dashboards', { name: 'Short', shared: true, panels });
      const { page, troubles, context } = await openPage(browser, `${node.http}/dashboard/${id}`);
      await page.locator('.dashboard-panel').getByText('last 6h', { exact: true }).waitFor(SOON);
      // A view is of one tab.
      expect(await page.getByRole('tab').count()).toBe(0);
      await page.getByRole('link', { name: 'all on its page' }).click(SOON);
      await page.waitForURL((url) => url.pathname === '/applications' && url.searchParams.get('tab') === 'ports');
      await expect.poll(() => page.getByRole('table').count(), SOON).toBeGreaterThan(0);
      expect(await page.getByRole('link', { name: 'all on its page' }).count()).toBe(0);
      expect(await page.getByRole('tab').count()).toBeGreaterThan(1);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('the graph of a host is on a dashboard, with its range and filter; edits in quick succession all count', async () => {
      const post = async (path: string, body: object) => {
        const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
        return (await (await fetch(`${node.http}/api/v1/${path}`, init)).json()) as { id: string };
      };
      const state = { last: '6h', filter: 'proto tcp' };
      const host = await post('views', { name: 'One host', page: '/host/10.0.0.1', shared: true, state });
      await post('views', { name: 'A list', page: '/flows', shared: true, state: {} });
      const panels = Array.from({ length: 4 }, () => ({ view: host.id, width: 1 }));
      const { id } = await post('dashboards', { name: 'Hosts', shared: true, panels });
      const { page, troubles, context } = await openPage(browser, `${node.http}/dashboard/${id}`);
      await expect.poll(() => page.getByText('last 6h · proto tcp').count(), SOON).toBe(4);
      await expect.poll(() => page.locator('.dashboard-panel canvas').count(), SOON).toBeGreaterThan(3);
      await page.getByRole('button', { name: 'edit', exact: true }).click();
      const choices = page.getByRole('combobox', { name: 'Add a saved view' });
      expect(await choices.textContent(SOON)).toContain('One host');
      expect(await choices.textContent()).not.toContain('A list');
      // All before the first is answered.
      await page.evaluate(`for (const [label, at] of [['Remove', 0], ['Remove', 1], ['Later', 0]])
        document.querySelectorAll('[aria-label="' + label + ': One host"]')[at].click()`);
      await expect.poll(() => page.locator('.dashboard-panel').count(), SOON).toBe(2);
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('a dashboard is made of views by clicks, outlives a reload, and a range in its address is that of all', async () => {
      const { page, troubles, context } = await openPage(
        browser,
        `${node.http}/explore?last=6h&by=dst_port&metric=flows`,
      );
      await save(page, 'Ports', 'Save');
      await page.goto(`${node.http}/views`);
      await page.getByRole('textbox', { name: 'Name of the new dashboard' }).fill('For the wall');
      await page.getByRole('button', { name: 'New dashboard' }).click(SOON);
      await page.waitForURL((url) => url.pathname.startsWith('/dashboard/'));
      const add = page.getByRole('combobox', { name: 'Add a saved view' });
      const panels = () => page.locator('.dashboard-panel');
      for (const [n, name] of ['Ports', 'Who sends'].entries()) {
        await add.selectOption({ label: name });
        await expect.poll(() => panels().count(), SOON).toBe(n + 1);
      }
      await page.getByRole('button', { name: 'Earlier: Who sends' }).click(SOON);
      await expect.poll(() => panels().first().getAttribute('aria-label'), SOON).toBe('Who sends');
      await page.getByRole('combobox', { name: 'Width: Who sends' }).selectOption({ label: 'two thirds' });
      await expect.poll(() => panels().first().getAttribute('data-width'), SOON).toBe('2');
      const id = new URL(page.url()).pathname.split('/').at(-1);
      await page.goto(`${node.http}/dashboard/${id}?last=1h`);
      await expect.poll(() => page.getByRole('img', { name: /over time$/ }).count(), SOON).toBe(2);
      const link = page.getByRole('link', { name: 'Ports', exact: true });
      expect(new URL((await link.getAttribute('href', SOON))!, node.http).searchParams.get('last')).toBe('1h');
      await page.getByRole('button', { name: 'edit', exact: true }).click();
      await page.getByRole('button', { name: 'Remove: Ports' }).click(SOON);
      await expect.poll(() => panels().count(), SOON).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('nothing can be published where the node does not publish', async () => {
      const { page, context } = await openPage(browser, `${node.http}/views`);
      await page.getByRole('link', { name: 'Who sends', exact: true }).waitFor(SOON);
      expect(await page.getByRole('button', { name: /^Publish/ }).count()).toBe(0);
      // On a telephone the header has room for all that is in it.
      await page.setViewportSize({ width: 390, height: 844 });
      const bottom = async (part: string) => {
        const box = await page.locator(part).boundingBox();
        return box!.y + box!.height;
      };
      await expect.poll(async () => (await bottom('header')) - (await bottom('.filter')), SOON).toBeGreaterThan(0);
      await context.close();
    });

    test('what is published is seen without an account, with other addresses, until it is revoked', async () => {
      await node.stop();
      node = await startNode(data, ['--no-host', '--publish', 'on']);
      const { page, troubles, context } = await openPage(browser, `${node.http}/views`);
      await page.getByRole('button', { name: 'Publish: Who sends' }).click(SOON);
      await page.getByRole('button', { name: 'Publish', exact: true }).click(SOON);
      const link = page.getByRole('link', { name: 'what strangers see' });
      const address = new URL((await link.getAttribute('href', SOON))!, node.http).href;
      // Another press does not make another one.
      expect(await page.getByRole('button', { name: 'Publish', exact: true }).count()).toBe(0);
      await page.keyboard.press('Escape');
      await expect.poll(() => link.count(), SOON).toBe(0);
      expect(troubles).toEqual([]);
      await context.close();
      // A user, so that whoever is none has to sign in: from here on a page that is open is told so.
      const user = JSON.stringify({ name: 'anna', password: 'correct horse battery', role: 'admin' });
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${node.http}/api/v1/users`, { method: 'POST', body: user, headers })).status).toBe(200);

      const stranger = await openPage(browser, `${address}?filter=any&by=dst_addr`, {
        width: 390,
        height: 844,
        dark: true,
      });
      await stranger.page.getByRole('heading', { name: 'Who sends', level: 1 }).waitFor(SOON);
      await expect
        .poll(
          () =>
            stranger.page
              .getByRole('img', { name: /over time$/ })
              .locator('canvas')
              .count(),
          SOON,
        )
        .toBe(1);
      expect(await stranger.page.locator('.strip').textContent()).toMatch(/^quality: /);
      expect(await stranger.page.getByRole('textbox').count()).toBe(0);
      const id = new URL(address).pathname.split('/').at(-1);
      const told = await (await fetch(`${node.http}/api/v1/published/${id}?by=dst_addr`)).text();
      expect(JSON.parse(told).panels[0].answer.rows.length).toBeGreaterThan(0);
      // All are of 10.0.0.1 (test/numbered.testing.ts).
      expect(told).not.toContain('10.0.0.1');
      expect((await fetch(`${node.http}/api/v1/views`)).status).toBe(401);
      expect(await axeViolations(stranger.page)).toEqual([]);
      expect(
        await stranger.page.evaluate('document.documentElement.scrollWidth - window.innerWidth'),
      ).toBeLessThanOrEqual(0);
      expect(stranger.troubles).toEqual([]);
      expect(stranger.elsewhere).toEqual([]);

      const token = await signedIn('anna', 'correct horse battery');
      expect((await fetch(`${node.http}/api/v1/publications/${id}`, { method: 'DELETE', headers: token })).status).toBe(
        200,
      );
      await stranger.page.reload();
      await stranger.page.getByText('nothing is published here, or not any more').waitFor(SOON);
      await stranger.context.close();
    });

    async function signedIn(name: string, password: string): Promise<Record<string, string>> {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ name, password });
      const answer = await fetch(`${node.http}/api/v1/session`, { method: 'POST', body, headers });
      const { csrf } = (await answer.json()) as { csrf: string };
      return { cookie: answer.headers.get('set-cookie')!.split(';')[0]!, 'x-weir-csrf': csrf };
    }
  },
);
