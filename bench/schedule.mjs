import { randomBytes } from 'node:crypto';
import { readArguments } from '../scripts/arguments.mjs';
import { dueAt } from '../src/grants/freshness.ts';
import { keptFresh } from '../src/sessions/durable-object/keep-fresh.ts';

const USAGE = `Usage: npm run bench:schedule

Simulates the background refreshes (\`keep_fresh\`) of many sessions over half a day, with the functions that set the real
alarms. Prints the most requests per second that the provider gets, with and without the random spread between sessions.`;
const SESSIONS = 100_000;
const HOURS = 12;
const TOKEN_SECONDS = 3600;
const CONFIG = { refreshMarginSeconds: 60, providers: new Map([['p', { id: 'p', keep_fresh: true }]]) };
const NO_RETRIES = () => undefined;

const grantAt = (time) => ({
  provider: 'p',
  refresh_token: 'r',
  issued_at: time,
  expires_at: time + TOKEN_SECONDS,
});

const withSpread = (id, time) => keptFresh({ id, grants: [grantAt(time)] }, CONFIG, NO_RETRIES)[0].at;
const without = (_, time) => dueAt(grantAt(time), CONFIG.refreshMarginSeconds);

/** Refreshes in each second, with sign-ins spread evenly over the first `arrivalSeconds`. */
function simulate(arrivalSeconds, next) {
  const perSecond = new Uint32Array(HOURS * 3600);
  for (let index = 0; index < SESSIONS; index++) {
    const id = randomBytes(32).toString('base64url');
    let time = next(id, Math.floor((index / SESSIONS) * arrivalSeconds));
    for (; time < perSecond.length; time = next(id, time)) perSecond[time]++;
  }
  return perSecond;
}

const peak = (counts, fromHour, toHour) => Math.max(...counts.subarray(fromHour * 3600, toHour * 3600));

readArguments(USAGE);

const ARRIVALS = [
  ['in one minute', 60],
  ['in ten minutes', 600],
  ['over two hours', 7200],
];

console.log('| sign-ins | schedule | refreshes in all | peak a second, hours 1–2 | hours 3–4 | hours 7–12 |');
console.log('| --- | --- | ---: | ---: | ---: | ---: |');
for (const [title, seconds] of ARRIVALS) {
  for (const [schedule, next] of [
    ['without spread', without],
    ['with spread', withSpread],
  ]) {
    const counts = simulate(seconds, next);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = [total, peak(counts, 0, 2), peak(counts, 2, 4), peak(counts, 6, HOURS)];
    console.log(`| ${title} | ${schedule} | ${cells.map((cell) => cell.toLocaleString('en')).join(' | ')} |`);
  }
}
