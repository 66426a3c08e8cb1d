/** The overview of the dashboard, in Debian's Chromium, of a real node: traffic of softflowd, and of this machine where it can be metered. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noEbpf } from '../ebpf.testing.ts';
import { remove, startNode, type TestNode, tempFolder, until } from '../node.testing.ts';
import { numberedDatagram, openSender } from '../numbered.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const MOST_GZIPPED = 1_000_000;
const MOST_FIRST = 333_000;
const ASSETS = fileURLToPath(new URL('../../dist/web/assets/', import.meta.url));
const FLOWS = 30;
/** A page asks half a dozen questions at once, of a machine that may have much else to do. */
const SOON = { timeout: 60_000 };

describe.skipIf(noBrowser !== null)(
  `the overview${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 360_000 },
  () => {
    const data = tempFolder();
    let node: TestNode;
    let browser: Browser;

    beforeAll(async () => {
      node = await startNode(data, noEbpf === null ? ['--host', 'on'] : []);
      const to = await openSender(node.port);
      await to.send(Buffer.from(numberedDatagram(1, Date.now() - 30_000, 0, FLOWS)));
      to.close();
      browser = await openBrowser();
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(data);
    });

    const answeredJson = async (path: string) =>
      (await fetch(`${node.http}${path}`)).json() as Promise<Record<string, unknown>>;
    const answered = (path: string) =>
      answeredJson(path) as Promise<{ rows?: unknown }> as Promise<{
        rows: (string | number)[][];
      }>;

    test('shows who sends most, as the API answers, and leads from there into a filter and back', async () => {
      const filter = encodeURIComponent('format = netflow5');
      const question = `/api/v1/query?by=src_addr&metrics=bytes&filter=${filter}`;
      const { rows } = await until(
        () => answered(question),
        (a) => a.rows.length > 0,
      );
      const { page, troubles, elsewhere, context } = await openPage(browser, `${node.http}/?last=15m&filter=${filter}`);
      const talkers = page.getByRole('table', { name: 'Talkers', exact: true });
      const [first] = rows;
      await talkers.getByRole('button', { name: String(first![0]), exact: true }).click();
      await page.getByRole('menuitem', { name: 'Only this' }).click();
      await page.waitForURL((url) => url.searchParams.get('filter')?.includes(`src_addr = ${first![0]}`) === true);
      await expect.poll(() => talkers.getByRole('row').count(), SOON).toBe(1);
      await page.goBack();
      await expect.poll(() => talkers.getByRole('row').count(), SOON).toBe(Math.min(12, rows.length));
      expect(troubles).toEqual([]);
      expect(elsewhere).toEqual([]);
      await context.close();
    });

    test('looks an address up where it stands, and gives the place back that it was asked from', async () => {
      const filter = encodeURIComponent('format = netflow5');
      const { page, troubles, context } = await openPage(browser, `${node.http}/?last=15m&filter=${filter}`);
      const asked = page.getByRole('table', { name: 'Talkers', exact: true }).getByRole('button').first();
      const address = (await asked.textContent({ timeout: 60_000 }))!;
      await asked.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('menuitem', { name: /^Look up/ }).click();
      const dialog = page.getByRole('dialog', { name: `What is known of ${address}` });
      const facts = dialog.getByRole('table', { name: 'Known of the address' });
      const place = (await answeredJson(`/api/v1/address/${address}`)).place as string | null;
      await expect.poll(() => facts.getByText(place ?? /was not told what is home/).count(), SOON).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await expect.poll(() => dialog.count(), SOON).toBe(0);
      await expect.poll(() => page.evaluate('document.activeElement.textContent'), SOON).toBe(address);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('says under each answer what it is worth, in the words of the command line, and all of it on a click', async () => {
      const { page, context } = await openPage(browser, `${node.http}/?last=15m`);
      const strips = page.getByRole('button', { name: /^Quality of this answer: quality: .*complete until/ });
      await expect.poll(() => strips.count(), SOON).toBeGreaterThanOrEqual(5);
      await strips.first().click();
      await expect.poll(() => page.getByRole('dialog').getByText('"complete_until"').count(), SOON).toBe(1);
      await context.close();
    });

    test('takes a range that is marked on the graph', async () => {
      const { page, context } = await openPage(browser, `${node.http}/?last=15m`);
      const graph = page.getByRole('img', { name: /^Traffic by category/ });
      await expect.poll(() => graph.locator('canvas').count(), SOON).toBe(1);
      // What arrives above it may move it: then the mouse misses it, and tries again.
      const isMarked = () => new URL(page.url()).searchParams.has('from');
      const marked = async () => {
        if (isMarked()) return true;
        await graph.scrollIntoViewIfNeeded();
        const box = (await graph.boundingBox())!;
        const y = box.y + box.height / 2;
        await page.mouse.move(box.x + box.width * 0.4, y);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
        await page.mouse.move(box.x + box.width * 0.6, y, { steps: 5 });
        await page.mouse.up();
        return isMarked();
      };
      await expect.poll(marked, { ...SOON, interval: 1_000 }).toBe(true);
      const at = new URL(page.url()).searchParams;
      const width = Number(at.get('to')) - Number(at.get('from'));
      // A fifth of 15 min and of what the axis has beside it.
      expect(width).toBeGreaterThan(2 * 60_000);
      expect(width).toBeLessThan(5 * 60_000);
      await context.close();
    });

    test('tells a mistake in the filter with the words of the node, and keeps the page', async () => {
      const { page, context } = await openPage(browser, `${node.http}/?last=15m`);
      const field = page.getByRole('textbox', { name: 'Filter' });
      await field.fill('dst prt 443');
      await field.press('Enter');
      await expect.poll(() => page.getByRole('alert').first().textContent(), SOON).toMatch(/prt/);
      await context.close();
    });

    test.skipIf(noEbpf !== null)('shows what this machine sends by process', async () => {
      const { page, context } = await openPage(browser, `${node.http}/`);
      const live = page.getByRole('table', { name: 'Processes, now' });
      await expect.poll(() => live.getByText('chromium').count(), SOON).toBeGreaterThan(0);
      await context.close();
    });

    test.each([
      [1440, 900, false],
      [1280, 800, true],
      [390, 844, false],
      [390, 844, true],
    ])(
      'has nothing that axe-core finds wrong, and no scroll bar below, at %d x %d, dark: %s',
      async (width, height, dark) => {
        const { page, context } = await openPage(browser, `${node.http}/?last=15m`, { width, height, dark });
        await expect
          .poll(() => page.getByRole('button', { name: /^Quality of this answer/ }).count(), SOON)
          .toBeGreaterThanOrEqual(5);
        expect(await axeViolations(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
        await context.close();
      },
    );

    test('asks for the token of a node that wants one, and shows nothing before', async () => {
      const file = join(data, 'token');
      writeFileSync(file, 'sixteen-letters-at-least\n');
      const other = await startNode(join(data, 'other'), ['--http-token-file', file]);
      const { page, context } = await openPage(browser, `${other.http}/`);
      const field = page.getByLabel('Token', { exact: true });
      await field.fill('not-the-one-that-is-wanted');
      await page.getByRole('button', { name: 'Open' }).click();
      await expect.poll(() => page.getByText('the token is wrong').count(), SOON).toBeGreaterThan(0);
      await field.fill('sixteen-letters-at-least');
      await page.getByRole('button', { name: 'Open' }).click();
      await expect
        .poll(() => page.getByRole('button', { name: /^Quality of this answer/ }).count(), SOON)
        .toBeGreaterThan(0);
      await expect.poll(() => field.count(), SOON).toBe(0);
      await context.close();
      await other.stop();
    });

    test('is less than a megabyte, packed, and what the first paint waits for a third of that', async () => {
      const html = await (await fetch(node.http)).text();
      const names = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, name]) => name!);
      expect(names.length).toBeGreaterThanOrEqual(2);
      const first = await Promise.all(names.map(async (name) => (await fetch(node.http + name)).text()));
      const packed = (texts: readonly (string | Buffer)[]) =>
        texts.reduce((sum, text) => sum + gzipSync(text).length, 0);
      expect(packed(first)).toBeLessThan(MOST_FIRST);
      const all = readdirSync(ASSETS).map((name) => readFileSync(join(ASSETS, name)));
      expect(all.length).toBeGreaterThan(names.length);
      expect(packed(all)).toBeLessThan(MOST_GZIPPED);
    });

    test('is given with a strict policy, and its files packed; no path leads to other files', async () => {
      const page = await fetch(node.http);
      expect(page.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[^']{24}'/,
      );
      const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())!;
      const packed = await fetch(node.http + script, { headers: { 'accept-encoding': 'br' } });
      expect(packed.headers.get('content-encoding')).toBe('br');
      const etag = packed.headers.get('etag')!;
      expect((await fetch(node.http + script, { headers: { 'if-none-match': etag } })).status).toBe(304);
      for (const path of [
        '/assets/../index.html',
        '/assets/%2e%2e/%2e%2e/package.json',
        '/assets/..%2f..%2fpackage.json',
        '/assets/',
        '/index.html',
      ]) {
        const status = execFileSync(
          'curl',
          ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--path-as-is', node.http + path],
          { encoding: 'utf8' },
        );
        expect([path, status]).toEqual([path, '404']);
      }
    });

    test('an address that no page has is told as a page to readers, and as JSON to programs', async () => {
      const lost = (path: string, accept: string) => fetch(`${node.http}${path}`, { headers: { accept } });
      const page = await lost('/netwroks', 'text/html,*/*;q=0.8');
      expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      for (const [path, accept] of [
        ['/netwroks', '*/*'],
        ['/api/v1/netwroks', 'text/html'],
        ['/assets/gone.js', 'text/html'],
      ] as const)
        expect(await (await lost(path, accept)).json(), path).toMatchObject({ error: { code: 'not_found' } });
      const { page: seen, context } = await openPage(browser, `${node.http}/netwroks`);
      await seen.getByText('There is no such page here.').waitFor(SOON);
      await seen.getByRole('link', { name: 'To the overview' }).click();
      await seen.getByRole('table', { name: 'Talkers', exact: true }).waitFor(SOON);
      await context.close();
    });
  },
);
