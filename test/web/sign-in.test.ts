/** Signing in, the first visit, what a limited user sees, and the settings, in Debian's Chromium, of real nodes. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, cookieOf } from '../access.testing.ts';
import { remove, startNode, type TestNode, tempFolder, until } from '../node.testing.ts';
import { numberedDatagram, openSender } from '../numbered.testing.ts';
import { axeViolations, noBrowser, openBrowser, openPage } from './browser.testing.ts';

const SOON = { timeout: 60_000 };
const PASSWORD = 'correct horse battery';

describe.skipIf(noBrowser !== null)(
  `signing in${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  { timeout: 240_000 },
  () => {
    const data = tempFolder();
    let node: TestNode;
    let browser: Browser;
    /** Of the node, as a client on this machine reaches it. */
    let origin: string;
    let first: URL;

    beforeAll(async () => {
      node = await startNode(join(data, 'store'), ['--no-host', '--http', '0.0.0.0:0']);
      first = new URL(/^first (http:\S+)$/m.exec(node.stdout())![1]!);
      origin = `http://127.0.0.1:${first.port}`;
      const to = await openSender(node.port);
      for (const n of [1, 2]) await to.send(Buffer.from(numberedDatagram(n, Date.now() - 30_000)));
      to.close();
      browser = await openBrowser();
    }, 240_000);
    afterAll(async () => {
      await browser?.close();
      await node?.stop();
      remove(data);
    });

    const fillIn = async (page: Page, name: string, password: string) => {
      await page.getByLabel('Name').fill(name);
      await page.locator('input[autocomplete$="-password"]').fill(password);
    };

    test('the link of the first start makes the admin, whose first look is the overview', async () => {
      const before = await openPage(browser, `${origin}/`);
      await expect.poll(() => before.page.getByText(/open the link that the node printed/).count(), SOON).toBe(1);
      await before.context.close();
      const { page, elsewhere, context } = await openPage(browser, `${origin}${first.pathname}${first.hash}`);
      await fillIn(page, 'anna', PASSWORD);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Begin' }).click();
      await expect.poll(() => page.getByRole('button', { name: 'Account: anna' }).count(), SOON).toBe(1);
      expect(page.url()).not.toContain(first.hash);
      await expect
        .poll(() => page.getByRole('button', { name: /^Quality of this answer/ }).count(), SOON)
        .toBeGreaterThan(0);
      expect(elsewhere).toEqual([]);
      await context.close();
    });

    test('the settings add a user with a limit, who then sees a part and is told so', async () => {
      const { page, context } = await openPage(browser, `${origin}/settings`);
      await fillIn(page, 'anna', 'not this one');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect.poll(() => page.getByText('the name or the password is wrong').count(), SOON).toBe(1);
      await fillIn(page, 'anna', PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const users = page.getByRole('table', { name: 'Users' });
      await expect.poll(() => users.getByText('anna').count(), SOON).toBeGreaterThan(0);
      await fillIn(page, 'vera', PASSWORD);
      await page.getByLabel('Sees no more than (filter)').fill('src ip 10.0.0.1');
      await page.getByRole('button', { name: 'Add user' }).click();
      await expect.poll(() => users.getByText('src ip 10.0.0.1').count(), SOON).toBe(1);
      await page.getByRole('tab', { name: 'Tokens' }).click();
      await page.getByLabel('Name').fill('wiki');
      await page.getByRole('button', { name: 'Make token' }).click();
      const token = page.getByText(/^weir_[\w-]{43}$/);
      await expect.poll(() => token.count(), SOON).toBe(1);
      const asked = await call(origin, 'GET', '/api/v1/session', { token: (await token.textContent())! });
      expect(asked.json).toMatchObject({ name: 'token wiki', role: 'viewer' });
      await page.getByRole('tab', { name: 'Sessions' }).click();
      await expect.poll(() => page.getByRole('button', { name: /^End the session of anna/ }).count(), SOON).toBe(2);
      await page.getByRole('tab', { name: 'Audit' }).click();
      await expect.poll(() => page.getByRole('table', { name: 'Audit' }).getByText('name=vera').count(), SOON).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('tab', { name: 'Home and sites' }).click();
      await expect.poll(() => page.getByText('was not told what is home').count(), SOON).toBe(1);
      await page.getByRole('tab', { name: 'Retention' }).click();
      const retention = page.getByRole('table', { name: 'Retention' });
      await expect.poll(() => retention.getByText('history by the minute').count(), SOON).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('tab', { name: 'Node' }).click();
      const row = page.getByRole('table', { name: 'Settings' }).getByRole('row').filter({ hasText: 'API' }).first();
      await expect.poll(() => row.getByText('0.0.0.0:0').count(), SOON).toBe(1);
      expect(await row.textContent()).toContain('--http');
      expect(await axeViolations(page)).toEqual([]);
      expect(new URL(page.url()).searchParams.get('tab')).toBe('node');
      await page.goBack();
      await expect.poll(() => retention.count(), SOON).toBe(1);
      await page.getByRole('button', { name: 'Account: anna' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await fillIn(page, 'vera', PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect.poll(() => page.getByText('only src ip 10.0.0.1').count(), SOON).toBe(1);
      await context.close();
    });

    test('a user changes the own password; an admin changes the limit of another, and is asked before one is removed', async () => {
      const { page, context } = await openPage(browser, `${origin}/settings?tab=users`);
      await fillIn(page, 'anna', PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const account = page.getByRole('button', { name: 'Account: anna' });
      await account.click(SOON);
      await page.getByRole('menuitem', { name: 'Change the password' }).click();
      const dialog = page.getByRole('dialog', { name: 'Change the password' });
      await dialog.getByLabel('Password now').fill('not this one');
      await dialog.getByLabel('New password').fill(`${PASSWORD} and more`);
      await dialog.getByRole('button', { name: /^Change it/ }).click();
      await dialog.getByRole('alert').waitFor(SOON);
      expect(await axeViolations(page)).toEqual([]);
      await dialog.getByLabel('Password now').fill(PASSWORD);
      await dialog.getByRole('button', { name: /^Change it/ }).click();
      await expect.poll(() => dialog.count(), SOON).toBe(0);
      const signIn = async (password: string) =>
        (await call(origin, 'POST', '/api/v1/session', { body: { name: 'anna', password } })).status;
      expect(await signIn(`${PASSWORD} and more`)).toBe(200);
      const back = { old: `${PASSWORD} and more`, password: PASSWORD };
      const token = await call(origin, 'POST', '/api/v1/session', { body: { name: 'anna', password: back.old } });
      const csrf = (token.json as { csrf: string }).csrf;
      const asked = { cookie: cookieOf(token), csrf, body: back };
      expect((await call(origin, 'POST', '/api/v1/session/password', asked)).status).toBe(200);

      await page.reload();
      await fillIn(page, 'anna', PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const users = page.getByRole('table', { name: 'Users' });
      await page.getByRole('button', { name: 'Change vera' }).click(SOON);
      const form = page.getByRole('dialog');
      await form.getByLabel('Sees no more than (filter)').fill('src ip 10.0.0.2');
      await form.getByRole('button', { name: /^Save/ }).click();
      await expect.poll(() => users.getByText('src ip 10.0.0.2').count(), SOON).toBe(1);
      await page.getByRole('button', { name: 'Change vera' }).click(SOON);
      await form.getByLabel('Sees no more than (filter)').fill('src ip 10.0.0.1');
      await form.getByRole('button', { name: /^Save/ }).click();
      await expect.poll(() => users.getByText('src ip 10.0.0.1').count(), SOON).toBe(1);
      await page.getByRole('button', { name: 'Remove vera' }).click(SOON);
      await page.getByText('What was shared stays').waitFor(SOON);
      expect(await users.getByText('vera', { exact: true }).count()).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      await context.close();
    });

    test('a window goes on after another one has signed in anew', async () => {
      const { page, context } = await openPage(browser, `${origin}/?last=1h`);
      await fillIn(page, 'anna', PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Account: anna' }).waitFor(SOON);
      // Cookies are those of all windows of a browser.
      const anew = await call(origin, 'POST', '/api/v1/session', { body: { name: 'anna', password: PASSWORD } });
      const [name, value] = cookieOf(anew).split('=') as [string, string];
      await context.addCookies([{ name, value, url: origin }]);
      await page.getByRole('button', { name: 'Save this view' }).click(SOON);
      await page.getByRole('textbox', { name: 'Name of the view' }).fill('After that');
      await page.getByRole('button', { name: 'Save', exact: true }).click(SOON);
      await page.getByText('Saved as After that.').waitFor(SOON);
      await context.close();
    });

    test('a limited user gets their part, and no settings', async () => {
      const session = await call(origin, 'POST', '/api/v1/session', { body: { name: 'vera', password: PASSWORD } });
      const asked = { cookie: cookieOf(session) };
      await until(
        () => call(origin, 'GET', '/api/v1/query?metrics=records', asked),
        ({ json }) => json.total?.records === 30,
      );
      const { page, context } = await openPage(browser, `${origin}/`, { width: 390, height: 844, dark: true });
      expect(await axeViolations(page)).toEqual([]);
      await fillIn(page, 'vera', PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const talkers = page.getByRole('table', { name: 'Talkers' });
      await expect.poll(() => talkers.getByText('10.0.0.1').count(), SOON).toBeGreaterThan(0);
      expect(await talkers.getByText('10.0.0.2').count()).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
      await page.getByRole('button', { name: 'Account: vera' }).click();
      expect(await page.getByRole('menuitem', { name: 'Settings' }).count()).toBe(0);
      for (const tab of ['users', 'networks', 'node', 'constructor']) {
        await page.goto(`${origin}/settings?tab=${tab}`);
        await expect
          .poll(() => page.getByText(/^Settings are for the admins of this node/).count(), SOON)
          .toBeGreaterThan(0);
      }
      expect((await call(origin, 'GET', '/api/v1/settings', asked)).status).toBe(403);
      await page.goto(`${origin}/quality`);
      await page.getByText(/^Not for you: the report data-quality is of all traffic/).waitFor(SOON);
      await context.close();
    });
  },
);
