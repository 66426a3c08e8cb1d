/** What pages show, as files, in Debian's Chromium, of a real node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder, until } from '../node.testing.ts';
import { numberedDatagram, openSender } from '../numbered.testing.ts';
import { noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };
const SENDERS = 4;
const RECORDS = SENDERS * 30;

describe.skipIf(noBrowser !== null)(
  `export${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 360_000 },
  () => {
    const data = tempFolder();
    const files = tempFolder();
    let node: TestNode;
    let browser: Browser;

    beforeAll(async () => {
      node = await startNode(data, ['--no-host']);
      const to = await openSender(node.port);
      for (let n = 1; n <= SENDERS; n++) await to.send(numberedDatagram(n, Date.now() - 30_000));
      to.close();
      browser = await openBrowser();
      const records = async () =>
        ((await (await fetch(`${node.http}/api/v1/query?metrics=records`)).json()) as { total: { records: number } })
          .total.records;
      await until(records, (n) => n === RECORDS);
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(data);
      remove(files);
    });

    /** The file that a choice of the menu gives, in two clicks. */
    const saved = async (page: Page, menu: string | RegExp, item: string) => {
      await page.getByRole('button', { name: menu }).click(SOON);
      const [download] = await Promise.all([
        page.waitForEvent('download', SOON),
        page.getByRole('menuitem', { name: item }).click(SOON),
      ]);
      const path = join(files, download.suggestedFilename());
      await download.saveAs(path);
      return { name: download.suggestedFilename(), bytes: readFileSync(path), path };
    };

    test('an answer is a table, JSON with what it is worth, and a picture of its chart', async () => {
      const asked = '/explore?last=15m&by=src_addr&metric=flows';
      const { page, troubles, context } = await openPage(browser, `${node.http}${asked}`);
      await page
        .getByRole('img', { name: /over time$/ })
        .locator('canvas')
        .first()
        .waitFor(SOON);
      const csv = await saved(page, /^Export: flows by src_addr/, 'CSV, for spreadsheets');
      expect(csv.name).toMatch(/^weir-flows-by-src-addr-\d{8}T\d{4}Z-\d{8}T\d{4}Z\.csv$/);
      const [titles, ...lines] = csv.bytes.toString().trim().split('\n');
      expect(titles).toBe('time,src_addr,flows');
      expect(lines.map((line) => line.split(',')[1]).sort()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']);
      expect(lines.reduce((sum, line) => sum + Number(line.split(',')[2]), 0)).toBe(RECORDS);
      expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z,/);
      const json = JSON.parse((await saved(page, /^Export: /, 'JSON, with what it is worth')).bytes.toString());
      expect(json.quality.lost).toMatchObject({ records: 0, received: RECORDS });
      const { bytes } = await saved(page, /^Export: /, 'PNG of the chart');
      expect(bytes.subarray(0, 8)).toEqual(Buffer.from('89504e470d0a1a0a', 'hex'));
      // Title and quality line stand around the chart (RFC 2083 section 11.2.1: width, height).
      const canvas = (await page
        .getByRole('img', { name: /over time$/ })
        .locator('canvas')
        .first()
        .boundingBox())!;
      expect(bytes.readUInt32BE(16)).toBeGreaterThan(canvas.width);
      // Title, range and quality: three lines and margins.
      expect(bytes.readUInt32BE(20)).toBeGreaterThan(canvas.height + 3 * 18 + 32);
      // What is in no group that is shown is in the file all the same.
      await page.goto(`${node.http}${asked}&top=2`);
      await page.getByRole('table', { name: 'flows by src_addr' }).waitFor(SOON);
      const few = await saved(page, /^Export: flows by src_addr/, 'CSV, for spreadsheets');
      const parts = few.bytes.toString().trim().split('\n').slice(1);
      expect(parts.some((line) => line.includes(',all others,'))).toBe(true);
      expect(parts.reduce((sum, line) => sum + Number(line.split(',')[2]), 0)).toBe(RECORDS);
      expect(troubles).toEqual([]);
      await context.close();
    });

    test('flow records are a file that other programs read, with what they are worth beside it', async () => {
      const { page, troubles, context } = await openPage(
        browser,
        `${node.http}/flows?last=15m&filter=src%20ip%2010.0.0.1`,
      );
      await page.getByRole('table', { name: 'Flow records' }).waitFor(SOON);
      const quality = page.waitForEvent('download', {
        ...SOON,
        predicate: (d) => d.suggestedFilename().endsWith('.quality.json'),
      });
      const { path } = await saved(page, 'Export', 'Parquet');
      const db = await (await DuckDBInstance.create()).connect();
      const read = await db.runAndReadAll(`SELECT count(*), count(DISTINCT src_addr) FROM read_parquet('${path}')`);
      expect(read.getRows()[0]!.map(Number)).toEqual([30, 1]);
      db.closeSync();
      const beside = join(files, 'quality.json');
      await (await quality).saveAs(beside);
      expect(JSON.parse(readFileSync(beside, 'utf8'))).toMatchObject({ rows: 30, quality: { lost: { records: 0 } } });
      expect(troubles).toEqual([]);
      await context.close();
    });
  },
);
