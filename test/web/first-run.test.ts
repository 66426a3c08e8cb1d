/** What somebody sees who has just started a node: its own traffic by process, and how to have more, by the very lines that the page shows. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noEbpf } from '../ebpf.testing.ts';
import { remove, startNode, type TestNode, tempFolder } from '../node.testing.ts';
import { connectionPcap } from '../pcap.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };
/** The promise is ten seconds from `ready`; a busy machine may take as long as it likes to be busy. */
const LATE_MS = 120_000;
const run = promisify(execFile);

describe.skipIf(noBrowser !== null)(
  `the first run${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 360_000 },
  () => {
    const data = tempFolder();
    let node: TestNode;
    let browser: Browser;
    let readyMs: number;

    beforeAll(async () => {
      browser = await openBrowser();
      const ports = ['--ipfix', '127.0.0.1:0', '--sflow', '127.0.0.1:0'];
      node = await startNode(data, [...ports, ...(noEbpf === null ? ['--host', 'on'] : [])]);
      readyMs = performance.now();
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(data);
    });

    test.skipIf(noEbpf !== null)('shows the traffic of this machine by process', async () => {
      const { page, context, troubles } = await openPage(browser, node.http);
      const live = page.getByRole('table', { name: 'Processes, now' });
      await expect.poll(() => live.getByText('chromium').count(), { timeout: LATE_MS }).toBeGreaterThan(0);
      console.info(`traffic by process ${Math.round(performance.now() - readyMs)} ms after ready`);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('says on the terminal where the page is', () => {
      expect(node.stdout()).toMatch(new RegExp(`^dashboard ${node.http}\nready$`, 'm'));
    });

    test('says on the overview that nobody has sent flows, and leads to what to do about it', async () => {
      const { page, context } = await openPage(browser, node.http);
      await page.getByRole('link', { name: 'Add data' }).last().click();
      await page.waitForURL((url) => url.pathname === '/add');
      await expect.poll(() => page.getByText('Nobody yet.').count(), SOON).toBe(1);
      const host = page.getByLabel('An agent that forwards', { exact: true });
      await expect
        .poll(() => host.textContent(), SOON)
        .toContain(`host_forward: ipfix://127.0.0.1:${node.portOf('ipfix')}`);
      await context.close();
    });

    test('has the lines of each exporter, with this node in them', async () => {
      const { page, context, troubles, elsewhere } = await openPage(browser, `${node.http}/add`);
      const kinds = page.getByLabel('what sends');
      await expect.poll(() => kinds.locator('option').count()).toBe(10);
      const names = await kinds.locator('option').allTextContents();
      const ports = ['netflow', 'ipfix', 'sflow'].map((door) => String(node.portOf(door)));
      for (const name of names) {
        await kinds.selectOption({ label: name });
        const text = await page.getByRole('region', { name: 'Point a router here' }).textContent();
        expect(text, name).toContain('127.0.0.1');
        expect(
          ports.some((port) => text?.includes(port)),
          name,
        ).toBe(true);
      }
      expect(troubles).toEqual([]);
      expect(elsewhere).toEqual([]);
      await context.close();
    });

    test('copies them', async () => {
      const { page, context } = await openPage(browser, `${node.http}/add`);
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: node.http });
      await page.getByRole('button', { name: 'Copy: Cisco IOS-XE' }).click();
      await expect.poll(() => page.evaluate('navigator.clipboard.readText()'), SOON).toBe(await shownLines(page));
      await context.close();
    });

    test('hears softflowd when it is run with the line that is shown, and says so', async () => {
      const { page, context } = await openPage(browser, `${node.http}/add`);
      await page.getByLabel('what sends').selectOption({ label: 'Linux, softflowd' });
      const line = await shownLines(page);
      const capture = join(data, 'a.pcap');
      writeFileSync(capture, connectionPcap(Date.now() - 60_000, 20));
      const [program, ...args] = line.split(' ');
      // Of a capture instead of an interface, without the files that a daemon leaves in /run.
      const from = ['-r', capture, '-c', 'none', '-d', '-p', join(data, 'softflowd.pid')];
      await run(program!, args.join(' ').replace('-i eth0', from.join(' ')).split(' '));
      await expect
        .poll(() => page.getByText(/^heard from 127\.0\.0\.1 \d+ s ago: .*\d+ records?, \d+ templates?/).count(), SOON)
        .toBe(1);
      await page.getByRole('link', { name: 'Overview' }).click();
      await expect.poll(() => page.getByRole('table', { name: 'Talkers' }).count(), SOON).toBe(1);
      await expect.poll(() => page.getByText('So far this machine alone is seen').count(), SOON).toBe(0);
      await context.close();
    });

    test.each([
      [1440, 900, false],
      [390, 844, true],
    ])(
      'has nothing that axe-core finds wrong, and no scroll bar below, at %d x %d, dark: %s',
      async (width, height, dark) => {
        const { page, context } = await openPage(browser, `${node.http}/add`, { width, height, dark });
        await expect.poll(() => page.getByLabel('what sends').count(), SOON).toBe(1);
        expect(await axeViolations(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
        await context.close();
      },
    );
  },
);

/** What stands in the first block of lines for a router. */
async function shownLines(page: Page): Promise<string> {
  const region = page.getByRole('region', { name: 'Point a router here' });
  return (await region.locator('pre').first().textContent())!.trim();
}
