/**
 * Takes screenshots of the live page to look at, and checks what only a browser can show: the tab order, a visible focus
 * that stays, hostile names shown as text, and no foreign content. Run it by hand, because CI has no browser:
 * npm run look -- FOLDER  (Chromium at CHROMIUM, default /usr/bin/chromium).
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import * as v from 'valibot';
import { type Request, startWithPage } from '../../test/local/page/start.ts';

const HOSTILE = '<img src=x onerror="document.title=\'owned\'">\u202Egnp.exe';
const KEYS = [
  'blog',
  'shop',
  'wiki',
  'search',
  'a key whose name is so long that it must be cut somewhere, or wrapped',
  HOSTILE,
];
const folder = process.argv[2] ?? 'dist/look';
const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  [320, 400, 800, 1600].map((width) => ({ theme, width })),
);

const Focus = v.nullable(v.object({ name: v.string(), outline: v.string(), top: v.number() }));

/** Runs in the browser: describes the focused element. */
const FOCUS = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const name = element.getAttribute('aria-label') ?? element.textContent;
  const top = element.getBoundingClientRect().top + scrollY;
  return { name: element.tagName + ' ' + name.slice(0, 60), outline: outlineStyle + ' ' + outlineWidth, top };
})()`;

await mkdir(folder, { recursive: true });
await using started = await startWithPage();
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await look(browser);
} finally {
  await browser.close();
}

async function look(browser: Browser): Promise<void> {
  const pages = await Promise.all(LOOKS.map((each) => open(browser, each)));
  await shoot(pages, '1-empty');
  await started.submit(requests());
  await setTimeout(2_500);
  await shoot(pages, '2-during');
  await started.run.stack.atRest();
  for (const page of pages) await page.getByText('at rest', { exact: true }).waitFor();
  await setTimeout(800);
  await shoot(pages, '3-after');
  const [page] = pages;
  assert(page !== undefined);
  await checkText(page);
  await checkKeyboard(page);
  await page.screenshot({ path: join(folder, '4-focus.png') });
  await steer(page);
  await setTimeout(1_000);
  await shoot(pages, '5-resumed');
  await discard(page);
  await shoot(pages, '6-discarded');
  await started.close();
  for (const each of pages) await each.getByText(/does not answer/).waitFor();
  await shoot(pages, '7-disconnected');
}

/** The page asks first, and Escape means no. */
async function discard(page: Page): Promise<void> {
  const all = page.getByRole('button', { name: /^Discard 2 dead letters/ });
  await all.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.screenshot({ path: join(folder, '6-asked.png') });
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await all.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('discarded: 2 dead letters').waitFor();
  console.log('asked, kept, asked again, discarded');
}

function requests(): Request[] {
  const ordinary = Array.from({ length: 90 }, (_, index) => ({
    key: KEYS[(index * 7) % KEYS.length] ?? '',
    add: index,
    delayMs: 100 + ((index * 331) % 900),
  }));
  const trouble: Request[] = [
    { key: 'shop', add: 'poison', delayMs: 400 },
    { key: HOSTILE, add: 'poison', delayMs: 300 },
    { key: 'blog', add: 'dead' },
    { key: 'wiki', add: 'dead' },
    { key: 'wiki', add: 1, from: 'shop.example', busyMs: 5_000 },
    { key: 'wiki', add: 2, from: HOSTILE, delayMs: 200 },
  ];
  return [...ordinary.slice(0, 40), ...trouble, ...ordinary.slice(40)];
}

async function open(browser: Browser, { theme, width }: (typeof LOOKS)[number]): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
  page.on('request', (request) => assert(request.url().startsWith(started.origin), request.url()));
  page.on('console', (message) => console.log(`${theme} ${width}: ${message.type()} ${message.text()}`));
  page.on('pageerror', (error) => {
    console.log(`${theme} ${width}: ${error.message}`);
    process.exitCode = 1;
  });
  await page.goto(`${started.origin}/#${started.token}`);
  await page.getByRole('heading', { level: 1, name: 'stopping' }).waitFor();
  return page;
}

async function shoot(pages: readonly Page[], what: string): Promise<void> {
  for (const [index, page] of pages.entries()) {
    const { theme, width } = LOOKS[index] ?? { theme: '', width: 0 };
    await page.screenshot({ path: join(folder, `${what}-${theme}-${width}.png`), fullPage: true });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert(Number(overflow) <= 0, `${what} ${theme} ${width}: ${overflow} px wider than the window`);
  }
}

async function checkText(page: Page): Promise<void> {
  assert.equal(await page.locator('img').count(), 0);
  assert.match(await page.title(), /^stopping/);
  assert.equal(await page.getByText('\u202E').count(), 0);
  assert((await page.getByText('\\u{202e}').count()) > 0);
  console.log('hostile names are text');
}

/** Every control is reached in the order of the page, and its outline is visible. */
async function checkKeyboard(page: Page): Promise<void> {
  const reached: string[] = [];
  const tops: number[] = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const focus = v.parse(Focus, await page.evaluate(FOCUS));
    if (focus === null) break;
    assert.equal(focus.outline, 'solid 3px', focus.name);
    reached.push(focus.name);
    tops.push(focus.top);
  }
  console.log(`tab order:\n  ${reached.join('\n  ')}`);
  assert.deepEqual(
    tops,
    tops.toSorted((a, b) => a - b),
  );
  for (const wanted of [
    'BUTTON Resume shop',
    'BUTTON Skip the reading at fault of shop',
    'SUMMARY',
    'BUTTON Redrive',
  ]) {
    assert(
      reached.some((name) => name.startsWith(wanted)),
      `${wanted} is not reached`,
    );
  }
  await page.keyboard.press('Shift+Tab');
}

/** With the keyboard only: show a payload, resume a key that stops again, then resume it for good. */
async function steer(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^Show what/ })
    .first()
    .press('Enter');
  await page.getByText('"dead"').first().waitFor();
  const resume = page.getByRole('button', { name: 'Resume shop' });
  await resume.press('Enter');
  await page.getByText('shop: stopped again').waitFor();
  assert.equal(await page.evaluate('document.activeElement.ariaLabel'), 'Resume shop');
  await started.fix();
  await resume.press('Enter');
  await page.getByText('shop: goes on').waitFor();
  await resume.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate('document.activeElement.id'), 'keys-title');
  await page.screenshot({ path: join(folder, '5-said.png'), fullPage: true });
  console.log('shown, resumed, resumed again after the fix, with the keyboard alone');
}
