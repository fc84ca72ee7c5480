import { fileURLToPath } from 'node:url';
import { readArguments, wholeNumber } from './arguments.mjs';
import { readDevVars } from './dev-vars.mjs';
import { localAddress } from './worker-address.mjs';

const DEV_VARS = fileURLToPath(new URL('../.dev.vars', import.meta.url));

const USAGE = `Usage: npm run seed [-- COUNT]

Signs COUNT users (default 100) in to the Worker of \`npm run dev\`, through its demo provider, so that
you can try the admin pages. Each is a real login from an address of its own. Set PORT to that of \`npm run dev\`.`;

const AT_ONCE = 8;
const MOST_STEPS = 12;
const FIRST = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Alan', 'Radia', 'Tony', 'Adele'];
const LAST = ['Lovelace', 'Hopper', 'Dijkstra', 'Liskov', 'Knuth', 'Allen', 'Turing', 'Perlman', 'Hoare'];

await main();

async function main() {
  const { positionals } = readArguments(USAGE, {}, { words: 1 });
  const count = wholeNumber(USAGE, 'COUNT', positionals[0] ?? '100', 1);
  const origin = localAddress(readDevVars(DEV_VARS));
  const users = Array.from({ length: count }, (_, index) => userOf(index)).values();
  const started = Date.now();
  let done = 0;
  const worker = async () => {
    for (const user of users) {
      await signIn(origin, user);
      done++;
      if (done % 100 === 0) console.error(`${done} of ${count}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } catch (error) {
    const unreachable = error.cause ? ` Is \`npm run dev\` running at ${origin}?` : '';
    console.error(`After ${done} logins: ${error.message}.${unreachable}`);
    process.exit(1);
  }
  console.log(
    `${done} users signed in within ${Math.round((Date.now() - started) / 1000)} s: ${origin}/admin`,
  );
}

/** A name, and an address, since Drawbridge limits how often one address signs in (198.18.0.0/15 is for tests). */
function userOf(index) {
  const first = FIRST[index % FIRST.length];
  const last = LAST[Math.floor(index / FIRST.length) % LAST.length];
  const address = `198.${18 + ((index >> 16) & 1)}.${(index >> 8) & 255}.${index & 255}`;
  return { name: `${first} ${last} ${index + 1}`, address };
}

/** One login as a browser does it: every redirect followed, every form of the provider sent. */
async function signIn(origin, { name, address }) {
  const cookies = new Map();
  let request = { url: `${origin}/login/demo` };
  for (let step = 0; step < MOST_STEPS; step++) {
    const { url, response } = await send(request, cookies, address);
    const location = response.headers.get('location');
    if (location && new URL(location, url).href === `${origin}/session`) return;
    request = location ? { url: new URL(location, url).href } : await formOf(url, response, name);
  }
  throw new Error('the login has too many redirects');
}

/** The sign-in page or the consent page of the demo provider, filled in. */
async function formOf(url, response, name) {
  const text = await response.text();
  const [, action] = /action="([^"]+\/(?:login|confirm))"/.exec(text) ?? [];
  if (action === undefined) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
  return { url: new URL(action, url).href, body: new URLSearchParams({ name }) };
}

async function send({ url, body }, cookies, address) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(url, {
    method: body ? 'POST' : 'GET',
    redirect: 'manual',
    headers: { accept: 'text/html', 'cf-connecting-ip': address, ...(cookie && { cookie }) },
    ...(body && { body }),
  });
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (value === '' || /;\s*(?:max-age=0|expires=[^;]*1970)/i.test(line)) cookies.delete(name);
    else cookies.set(name, value);
  }
  return { url, response };
}
