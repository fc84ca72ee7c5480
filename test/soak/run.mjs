import { parseArgs } from 'node:util';
import { kills } from './kills.mjs';
import { manyLogins } from './logins.mjs';
import { parallelRequests } from './parallel.mjs';
import { refreshRounds } from './rounds.mjs';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100' },
    sessions: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '20' },
    kills: { type: 'string', default: '10' },
    abandoned: { type: 'string', default: '10000' },
    logins: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const {
  requests,
  sessions,
  rounds,
  kills: times,
  abandoned,
  logins,
  seed,
} = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
/** Memory may move by so much while the caches of a warm process fill, in MB. */
const STEADY_MB = 64;
let failed = false;

console.log(`seed ${seed}`);

if (requests > 0) {
  const results = await parallelRequests({ requests });
  for (const { held, ...facts } of results) tell('requests at once', facts, held);
}
if (times > 0) {
  const figures = await kills({ times, seed });
  tell('killed in mid-login and mid-refresh', figures, figures.lost === 0);
}
if (sessions > 0) {
  const { complaints, ...figures } = await refreshRounds({ sessions, rounds, kills: 5, seed });
  tell('refresh rounds', figures, figures.lost === 0 && figures.sentTwice === 0);
  for (const complaint of complaints.slice(0, 10)) console.log(`  ${complaint}`);
}
if (logins > 0) {
  const figures = await manyLogins({ abandoned, logins });
  const { memory, leftByAbandoned } = figures;
  tell('logins', figures, leftByAbandoned === 0 && memory.at(-1) - memory[memory.length >> 1] < STEADY_MB);
}
process.exit(failed ? 1 : 0);

function tell(what, facts, held) {
  failed ||= !held;
  console.log(`${held ? 'held  ' : 'FAILED'} ${what}: ${JSON.stringify(facts)}`);
}
