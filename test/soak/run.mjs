import { readArguments, wholeNumber } from '../../scripts/arguments.mjs';
import { manyExchanges } from './exchanges.mjs';
import { kills } from './kills.mjs';
import { manyLogins } from './logins.mjs';
import { parallelRequests } from './parallel.mjs';
import { refreshRounds } from './rounds.mjs';
import { longStreams } from './streams.mjs';

const USAGE = `Usage: npm run soak [-- options]

Runs several instances over one storage, with a provider that rotates refresh tokens and ends a grant if one is used twice.
Injects failures everywhere and checks that they sign nobody out. Exits with 1 if a check failed. 0 skips a part.

Options
  --requests N    concurrent requests for one session (100)
  --kills N       kills of wrangler dev during a login or a refresh (10)
  --sessions N    sessions to refresh in rounds (1000)
  --rounds N      rounds of refreshes (20)
  --logins N      sessions in cookies: sign in, use, sign out, and watch the memory (10000)
  --keeper N      the same with the session on the server (2000)
  --abandoned N   abandoned logins before those, for each store (10000)
  --exchanges N   token exchanges by one key, 500 at a time, with an expired token (10000)
  --megabytes N   size of a body to send through an upstream, down and up (1024)
  --streams N     concurrent event streams through an upstream; half of the clients disconnect (1000)
  --seed N        repeats a run: each run prints its seed
  --help

Examples
  npm run soak
  npm run soak -- --kills 50 --requests 0 --sessions 0 --logins 0 --keeper 0 --exchanges 0 --megabytes 0 --streams 0`;

const { values } = readArguments(USAGE, {
  requests: { type: 'string', default: '100' },
  sessions: { type: 'string', default: '1000' },
  rounds: { type: 'string', default: '20' },
  kills: { type: 'string', default: '10' },
  abandoned: { type: 'string', default: '10000' },
  logins: { type: 'string', default: '10000' },
  keeper: { type: 'string', default: '2000' },
  exchanges: { type: 'string', default: '10000' },
  megabytes: { type: 'string', default: '1024' },
  streams: { type: 'string', default: '1000' },
  seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
});
const {
  requests,
  sessions,
  rounds,
  kills: times,
  abandoned,
  logins,
  keeper: keeperLogins,
  exchanges,
  megabytes,
  streams,
  seed,
} = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [name, wholeNumber(USAGE, `--${name}`, value)]),
);
/** What the Worker keeps may vary by so much from the first tenth of the logins to the last, in MB. */
const STEADY_MB = 0.5;
/** A body that passes may take so much of the process, however long it is, in MB. */
const PASSING_MB = 100;
let failed = false;

console.log(`seed ${seed}`);

if (requests > 0) {
  const results = await parallelRequests({ requests });
  for (const { held, ...facts } of results) tell('requests at once', facts, held);
}
if (exchanges > 0) {
  for (const { held, ...facts } of await manyExchanges({ exchanges, atOnce: 500 })) {
    tell('token exchanges', facts, held);
  }
}
if (times > 0) {
  const { table, ...figures } = await kills({ times, seed });
  tell('wrangler dev killed in mid-login and mid-refresh', figures, figures.lost === 0);
  console.table(table);
}
if (sessions > 0) {
  const { complaints, ...figures } = await refreshRounds({ sessions, rounds, kills: 5, seed });
  tell('refresh rounds', figures, figures.lost === 0 && figures.sentTwice === 0);
  for (const complaint of complaints.slice(0, 10)) console.log(`  ${complaint}`);
}
if (logins + keeperLogins > 0) {
  for await (const { what, ...figures } of manyLogins({ abandoned, logins, keeperLogins })) {
    const [, first, ...rest] = figures.heap;
    tell(what, figures, figures.stored === 0 && rest.at(-1) - first < STEADY_MB);
  }
}
if (megabytes + streams > 0) {
  for await (const { what, ...figures } of longStreams({ megabytes, streams })) {
    const isSmall = 'arrived' in figures ? figures.grewMB < PASSING_MB : true;
    tell(what, figures, figures.whole && isSmall);
  }
}
process.exit(failed ? 1 : 0);

function tell(what, facts, held) {
  failed ||= !held;
  console.log(`${held ? 'held  ' : 'FAILED'} ${what}: ${JSON.stringify(facts)}`);
}
