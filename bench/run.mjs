import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { readArguments, wholeNumber } from '../scripts/arguments.mjs';
import { sizeOf } from './bundle.mjs';
import { login, signedInRequest } from './journeys.mjs';
import { arrange, BY_HAND_WITH, coldStart, round } from './measure.mjs';
import { extrasTable, figures, markdown, partsTable, summary } from './report.mjs';
import { count, pageOf, prepare, start } from './subjects.mjs';

const USAGE = `Usage: npm run bench [-- options]

What Drawbridge costs: CPU of logins, requests, refreshes, pages and cold starts as a ratio to a bare Hono Worker and to one
written by hand, all measured in the same run. Needs Linux and no network, and takes some minutes. What the figures mean:
docs/performance.md.

Options
  --rounds N    how many rounds are measured, after those for warming up (8)
  --json FILE   writes every number to FILE
  --markdown    prints the tables alone
  --help

Examples
  npm run bench                               prints a table
  npm run -s bench -- --rounds 20 --markdown  what stands in docs/performance.md`;

const { values: options } = readArguments(USAGE, {
  rounds: { type: 'string', default: '8' },
  json: { type: 'string' },
  markdown: { type: 'boolean', default: false },
});
const rounds = wholeNumber(USAGE, '--rounds', options.rounds, 1);
const tell = (text) => process.stderr.write(`${text}\n`);

const WARM_UP_ROUNDS = 3;
const ROUNDS_A_START = 5;

/** What a login and a request cost others: the provider, the store, the browser. Counted, so without spread. */
async function counted({ provider, kv, workers }) {
  const cookies = await start(workers.cookies, 'cookies-counted');
  const keeper = await start(workers.counting, 'keeper-counted');
  await login(cookies.origin);
  await login(keeper.origin);
  const state = async () => [await count(provider), await count(keeper), await count(kv)];
  const change = async (work) => {
    const before = await state();
    const result = await work();
    await new Promise((resolve) => setTimeout(resolve, 300)); // The copy in KV is written after the answer.
    return { result, change: (await state()).map((value, index) => value - before[index]) };
  };
  const onServer = await change(() => login(keeper.origin));
  const request = await change(() => signedInRequest(onServer.result));
  const { sessionBytes } = await login(cookies.origin);
  await Promise.all([cookies.stop(), keeper.stop()]);
  const [requests, loginCalls, loginWrites] = onServer.change;
  const [, calls, reads] = request.change;
  return [
    { title: 'Provider requests for a login, warm', value: requests, unit: '', most: 1 },
    { title: 'Keeper store: object calls for a login', value: loginCalls, unit: '' },
    { title: 'Keeper store: KV operations for a login', value: loginWrites, unit: '' },
    { title: 'Keeper store: object calls for a signed-in request', value: calls, unit: '', most: 1 },
    { title: 'Keeper store: KV operations for a signed-in request', value: reads, unit: '', most: 0 },
    {
      title: 'Session cookie, 700-byte access token, refresh token',
      value: sessionBytes,
      unit: ' bytes',
      most: '1,843',
    },
    { title: 'Session cookie, keeper store', value: onServer.result.sessionBytes, unit: ' bytes' },
  ];
}

async function main() {
  tell('Bundling …');
  const prepared = await prepare();
  const { workers } = prepared;
  const size = sizeOf(prepared.drawbridge);
  tell('Counting …');
  const counts = await counted(prepared);
  const samples = [];
  while (samples.length < rounds) {
    tell(`Round ${samples.length + 1} of ${rounds} …`);
    samples.push(...(await roundsOfOneStart(workers, Math.min(ROUNDS_A_START, rounds - samples.length))));
  }
  const bundleKilobytes = Math.round((size.gzip / 1024) * 10) / 10;
  const bundle = { title: 'Bundle, minified, gzip', value: bundleKilobytes, unit: ' KB', most: '90 KB' };
  const all = figures(samples, [...counts, bundle]);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(result(all, size, samples), null, 2)}\n`);
  const machine = `${rounds} rounds, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), Node ${process.version}`;
  const place = options.markdown ? tell : (text) => console.log(text);
  place(`${machine}\n`);
  console.log([markdown(all), extrasTable(samples, BY_HAND_WITH), partsTable(size)].join('\n\n'));
}

/**
 * Rounds with processes that are started for them: what V8 has made of a script differs from process to process by more
 * than from round to round.
 */
async function roundsOfOneStart(workers, times) {
  const arranged = await arrange(workers);
  const cold = {
    cookies: workers.cookies,
    'cookies, 60 providers': workers['cookies, 60 providers'],
    'bare Hono': workers['bare Hono'](await pageOf(arranged.running.cookies)),
    'by hand': workers['by hand'],
    empty: workers.empty,
  };
  const samples = [];
  // The first rounds warm up: what V8 has not compiled yet is not measured.
  for (let index = -WARM_UP_ROUNDS; index < times; index++) {
    const sample = await round(arranged, index + WARM_UP_ROUNDS);
    if (index >= 0) samples.push(sample);
  }
  await arranged.stop();
  for (const sample of samples) sample.cold = await coldStarts(cold);
  return samples;
}

/** Each Worker started once, with nothing else running but the provider and KV. */
async function coldStarts(workers) {
  const samples = {};
  for (const [name, worker] of Object.entries(workers)) samples[name] = await coldStart(worker);
  return samples;
}

/** The run for programs: the figures, the bundle, and each operation's CPU and throughput. */
function result(all, size, samples) {
  const operations = {};
  for (const operation of Object.keys(samples[0])) {
    operations[operation] = {};
    for (const worker of Object.keys(samples[0][operation])) {
      const list = samples.map((sample) => sample[operation][worker]);
      operations[operation][worker] = {
        cpu_ms: summary(list.map(({ cpu }) => cpu)),
        per_second: summary(list.map(({ wall }) => 1000 / wall)),
      };
    }
  }
  return { rounds, figures: all, bundle: size, operations };
}

await main();
process.exit(0);
