import { spawnSync } from 'node:child_process';

const API = process.env.API_URL ?? 'http://localhost:9000/api/employees';

/** A fresh access token. It is refreshed once, however many scripts ask at the same time. */
function accessToken(provider) {
  const { status, stdout, stderr } = spawnSync('npx', ['drawbridge', 'token', provider], {
    encoding: 'utf8',
  });
  if (status === 0) return stdout.trim();
  // 2: somebody has to sign in again. 3: the server or the provider is down, so try again later.
  process.stderr.write(stderr);
  process.exit(status ?? 1);
}

const response = await fetch(API, { headers: { authorization: `Bearer ${accessToken('demo')}` } });
const employees = await response.json();
console.log(`${employees.length} employees`);
