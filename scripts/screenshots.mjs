import { statSync } from 'node:fs';
import { join } from 'node:path';
import bundled from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import { runDev } from '../test/browser/dev-server.mjs';
import { readArguments } from './arguments.mjs';
import { readDevVars } from './dev-vars.mjs';
import { checkInstall, portOf, ROOT } from './processes.mjs';

const USAGE = `Usage: npm run screenshots

Takes the pictures in docs/ again: starts what \`npm run dev\` starts, signs users in with a browser, and
saves the login page, the session page and the admin page of sessions.

From the environment
  PORT            where Drawbridge listens (8787)
  DEMO_PORT       where the demo provider listens (9000)
  CHROMIUM_PATH   the browser to use, if not the one among the packages`;

const LARGEST_BYTES = 300_000;
const USERS = [
  'Adele Goldberg',
  'Alan Turing',
  'Barbara Liskov',
  'Frances Allen',
  'Grace Hopper',
  'Radia Perlman',
];
/** How often the list of sessions is read until the users are in it; each takes about half a second. */
const MOST_READS = 40;

await main();

async function main() {
  readArguments(USAGE);
  checkInstall('npm run screenshots');
  const port = portOf('PORT', 8787);
  const dev = runDev({ port, demoPort: portOf('DEMO_PORT', 9000) });
  try {
    await dev.ready();
    await takeAll(port);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    await dev.stop();
  }
}

async function takeAll(port) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? (await bundled.executablePath()),
    args: ['--no-sandbox'],
  });
  const open = async (width, height) =>
    (await browser.newContext({ locale: 'en-GB', viewport: { width, height } })).newPage();
  const origin = `http://localhost:${port}`;
  try {
    for (const name of USERS) await signIn(await open(1180, 760), origin, name);
    await takeUserPages(await open(1180, 760), origin);
    await takeAdminPage(await open(1280, 860), `http://127.0.0.1:${port}/admin`);
  } finally {
    await browser.close();
  }
}

async function takeUserPages(page, origin) {
  await page.goto(origin);
  await save(page, 'login-page');
  await signIn(page, origin, 'Ada Lovelace');
  await page.setViewportSize({ width: 1280, height: 1230 });
  await save(page, 'session-page');
}

async function takeAdminPage(page, admin) {
  await page.goto(admin);
  await page.getByLabel('Token').fill(readDevVars(join(ROOT, '.dev.vars')).ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  const rows = page.locator('tbody tr');
  let reads = 0;
  // The list lags behind a little.
  do {
    if (reads > 0) await page.waitForTimeout(500);
    await page.goto(`${admin}/sessions?limit=${USERS.length + 1}`);
    reads++;
  } while (reads < MOST_READS && (await rows.count()) <= USERS.length);
  await save(page, 'admin-sessions');
}

async function signIn(page, origin, name) {
  await page.goto(origin);
  await page.getByRole('link', { name: 'Continue with Demo provider' }).click();
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${origin}/session`);
}

/** What the window shows, as docs/<name>.png. */
async function save(page, name) {
  const path = join(ROOT, 'docs', `${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  if (size > LARGEST_BYTES) throw new Error(`docs/${name}.png is too large for a README: ${size} bytes`);
  console.log(`docs/${name}.png  ${Math.round(size / 1000)} kB`);
}
