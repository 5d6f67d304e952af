// Chromium fills in the web case form: `node form.mjs WANTED`, a JSON object with
//   modules  where npm put playwright-core
//   url      the form's address
//   script   whether pages may run scripts
// Prints what it saw, a JSON object; what is not as a customer would expect it ends it.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import assert from 'node:assert/strict';

const CHROMIUM = '/usr/bin/chromium';

const wanted = JSON.parse(process.argv[2]);
assert(existsSync(CHROMIUM), `no ${CHROMIUM}: apt-get install chromium`);
assert(existsSync(join(wanted.modules, 'node_modules')), `nothing in ${wanted.modules}: tests/run installs it`);
const { chromium } = createRequire(join(wanted.modules, 'package.json'))('playwright-core');

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
const context = await browser.newContext({ javaScriptEnabled: wanted.script, locale: 'ja-JP' });
const page = await context.newPage();
const complaints = [];
// That a form was not taken, the browser writes down as well.
page.on('console', (message) => message.text().includes('status of 422') || complaints.push(message.text()));
page.on('pageerror', (error) => complaints.push(String(error)));
const text = (where) => page.locator(where).innerText();

await page.goto(wanted.url);
assert.equal(await text('h1'), 'ケースの作成');
await page.click('text=電話番号と受付時間');
assert.match(await text('details'), /日本 Cloud TAC[\s\S]*Global Cloud TAC/);

// Nothing but the severity: the numbers are shown, and what was chosen stays.
await page.selectOption('#severity', 'S1');
await page.click('button');
assert.match(await text('[role=alert]'), /S1・S2 は電話で受け付けています/);
const numbers = await page.locator('[role=alert] a[href^="tel:"]').allInnerTexts();
assert.equal(await page.inputValue('#severity'), 'S1');

await page.click('text=English');
assert.equal(await text('h1'), 'Open a case');
await page.selectOption('#severity', 'S3');
await page.fill('#summary', '<img src=x onerror=alert(1)>');
await page.click('button');
assert.match(await text('[role=alert]'), /not filled in/);
assert.equal(await page.inputValue('#summary'), '<img src=x onerror=alert(1)>');
assert.equal(await page.locator('img').count(), 0);
await page.selectOption('#desk', 'japan');
await page.fill('#description', 'two\nlines');
await page.fill('#contact', '山田 太郎');
await page.fill('#contact_email', 'yamada@example.jp');
await page.selectOption('#product', 'meetings');
await page.selectOption('#repeats', 'sometimes');
await page.click('button');
assert.equal(await text('h2'), 'Your case is open');
const number = (await text('.number')).replaceAll('-', '');
// Sent again, as by a reload: the same case.
await page.reload();
const again = (await text('.number')).replaceAll('-', '');

console.log(JSON.stringify({ numbers, number, again, complaints }));
await browser.close();
