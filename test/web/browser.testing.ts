import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's. */
const CHROMIUM = '/usr/bin/chromium';
/** Why no page can be drawn here; null where one can. Some containers let no browser start. */
export const noBrowser: string | null = await asked();

async function asked(): Promise<string | null> {
  if (!existsSync(CHROMIUM)) return `${CHROMIUM} is not there`;
  try {
    await (await openBrowser()).close();
    return null;
  } catch (error) {
    return (error as Error).message.split('\n')[0]!;
  }
}

/** WCAG by axe-core. */
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** A page, with all that went wrong in it and all that it asked for elsewhere. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly troubles: string[];
  readonly elsewhere: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  { width = 1440, height = 900, dark = false } = {},
): Promise<Watched> {
  const viewport = { width, height };
  const context = await browser.newContext({ viewport, colorScheme: dark ? 'dark' : 'light', bypassCSP: false });
  const page = await context.newPage();
  const troubles: string[] = [];
  const elsewhere: string[] = [];
  const { origin } = new URL(url);
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(`${origin}/`) && !to.startsWith('data:') && !to.startsWith('blob:')) elsewhere.push(to);
  });
  await page.goto(url);
  return { page, context, troubles, elsewhere };
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core finds wrong, of WCAG A and AA. The program comes by the debugger, which the content policy of the page does not concern. */
export async function axeViolations(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: readFileSync(axe, 'utf8') });
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((r) => JSON.stringify(r.violations))`,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.text);
  const violations = JSON.parse(result.value as string) as Violation[];
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`);
}
