import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { misused, readArguments, wholeNumber } from '../scripts/arguments.mjs';
import { sizeOf } from './bundle.mjs';
import { countEvents } from './counts.mjs';
import { arrange, coldStart, journeys, OPERATIONS, round } from './measure.mjs';
import { countsTables, figures, markdown, partsTable, summary } from './report.mjs';
import { pageOf, prepare, prepareOthers, start } from './subjects.mjs';

const USAGE = `Usage: npm run bench [-- options]

Measures the CPU time of logins, requests, refreshes, pages and cold starts, compared with a bare Hono Worker, a client written
by hand and other libraries in the same run. docs/performance.md explains the figures.
Needs Linux. The first run installs the other libraries into bench/peers; later runs need no network.

Options
  --counts      prints what each event costs, as JSON: rows, KV operations, object calls, provider requests
  --rounds N    how many rounds to measure after the warm-up (8); a round takes about a minute
  --only LIST   measures only these operations, separated by commas: ${OPERATIONS.join(', ')}
  --json FILE   writes every number to FILE
  --markdown    prints only the tables
  --help

Examples
  npm run -s bench -- --counts                counts, in seconds
  npm run bench                               prints a table
  npm run -s bench -- --rounds 20 --markdown  what is in docs/performance.md`;

const { values: options } = readArguments(USAGE, {
  counts: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '8' },
  only: { type: 'string' },
  json: { type: 'string' },
  markdown: { type: 'boolean', default: false },
});
const rounds = wholeNumber(USAGE, '--rounds', options.rounds, 1);
const asked = options.only?.split(',').map((name) => name.trim()) ?? OPERATIONS;
for (const name of asked) if (!OPERATIONS.includes(name)) misused(USAGE, `--only does not know ${name}`);
const tell = (text) => process.stderr.write(`${text}\n`);

const WARM_UP_ROUNDS = 3;
const ROUNDS_PER_START = 5;

async function main() {
  const prepared = await prepare();
  const counts = await countEvents(prepared);
  if (options.counts) return console.log(JSON.stringify(counts, null, 2));
  tell('Bundling …');
  const size = sizeOf(prepared.drawbridge);
  const workers = await withOthers(prepared);
  const samples = [];
  while (samples.length < rounds) {
    tell(`Round ${samples.length + 1} of ${rounds} …`);
    const times = Math.min(ROUNDS_PER_START, rounds - samples.length);
    samples.push(...(await roundsOfOneStart(workers, times, samples.length)));
  }
  const all = figures(samples);
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify(result(all, counts, size, samples), null, 2)}\n`);
  const machine = `${rounds} rounds, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), Node ${process.version}`;
  const place = options.markdown ? tell : (text) => console.log(text);
  place(`${machine}\n`);
  console.log([markdown(all), countsTables(counts), partsTable(size)].join('\n\n'));
}

/** Every Worker of a run by its name. The pages of the floors are those that Drawbridge answers. */
async function withOthers(prepared) {
  const { workers } = prepared;
  const page = await firstPage(workers.cookies);
  const others = await prepareOthers(prepared, page);
  const manyButtons = await firstPage(workers['cookies, 60 providers']);
  const hono = others['bare Hono'];
  const withManyButtons = { ...hono, bindings: { ...hono.bindings, PAGE: manyButtons } };
  return { ...workers, ...others, 'bare Hono, 60 providers': withManyButtons };
}

async function firstPage(worker) {
  const running = await start(worker, 'page');
  const page = await pageOf(running);
  await running.stop();
  return page;
}

const COLD = ['cookies', 'cookies, 60 providers', 'bare Hono', 'by hand', 'empty'];

/**
 * Rounds with processes that are started for them: what V8 has made of a script differs from process to process by more
 * than from round to round. What needs processes of its own is measured when these have ended.
 */
async function roundsOfOneStart(workers, times, from) {
  const arranged = await arrange(workers, asked);
  const samples = [];
  // The first rounds warm up: what V8 has not compiled yet is not measured.
  for (let index = -WARM_UP_ROUNDS; index < times; index++) {
    const sample = await round(arranged, index + WARM_UP_ROUNDS);
    if (index >= 0) samples.push(sample);
  }
  await arranged.stop();
  for (const [index, sample] of samples.entries()) {
    if (asked.includes('journey')) Object.assign(sample, await journeys(workers, from + index));
    if (asked.includes('cold')) sample.cold = await coldStarts(workers);
  }
  return samples;
}

async function coldStarts(workers) {
  const samples = {};
  for (const name of COLD) samples[name] = await coldStart(workers[name]);
  return samples;
}

/** The run for programs: the figures, the counts, the bundle, and each operation's CPU and throughput. */
function result(all, counts, size, samples) {
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
  return { rounds, figures: all, counts, bundle: size, operations };
}

await main();
process.exit(0);
