import fc from 'fast-check';
import { expect } from 'vitest';
import { PROVIDER_KEYS } from '../../src/providers/provider-settings.ts';
import type { Env } from '../../src/settings/env.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { SettingsError } from '../../src/settings/settings.ts';
import { OTHER_SECRET, SESSION_SECRET } from '../support/settings.ts';
import { Visitor } from '../support/visitor.ts';
import { holds } from './holds.ts';

/** Stands in every value that is made up; where it shows, a value is shown. */
const CANARY = 'cANARYvalue';

const SETTINGS = [
  ...[
    'SESSION_SECRET',
    'PROVIDERS',
    'DEFAULT_PROVIDER',
    'TOKENS',
    'SESSION_KEEPER',
    'INSPECT',
    'DEMO',
    'ADMIN_TOKEN',
  ],
  ...[
    'PUBLIC_ORIGIN',
    'RETURN_TO_ORIGINS',
    'SESSION_IDLE_SECONDS',
    'SESSION_MAX_SECONDS',
    'REFRESH_MARGIN_SECONDS',
  ],
  ...['LIMITER', 'DEMO_ISSUER', 'DEMO_CLIENT_SECRET', 'OP_CLIENT_ID', 'OP_CLIENT_SECRET', 'OP_PRIVATE_KEY'],
  ...[
    'GOOGLE_CLIENT_ID',
    'GOOGLE_CLIENT_SECRET',
    'MICROSOFT_CLIENT_ID',
    'APPLE_CLIENT_ID',
    'APPLE_PRIVATE_KEY',
  ],
];

const text = fc.oneof(
  fc.constantFrom(
    '',
    'true',
    'false',
    '0',
    '600',
    '-1',
    '1e3',
    '9'.repeat(30),
    'https://op.example',
    '[]',
    '{}',
    'null',
  ),
  fc.constantFrom(`${SESSION_SECRET},${OTHER_SECRET}`, SESSION_SECRET, 'ES256', 'openid', '{"kty":"EC"}'),
  fc.string({ unit: 'binary', maxLength: 12 }).map((more) => `${CANARY}${more}`),
  fc.webUrl().map((url) => url.replace('://', `://${CANARY}.`)),
);
const scalar = fc.oneof(
  text,
  text,
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
);
const nested = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'keys', 'kty', 'constructor', 'toString'), scalar, { maxKeys: 3 }),
);
const entry = fc.oneof(
  fc.dictionary(fc.constantFrom(...PROVIDER_KEYS, 'tenant', 'domain', 'isuer'), nested, { maxKeys: 8 }),
  fc.record({ issuer: fc.constant('https://op.example'), client_id: text }, { requiredKeys: [] }),
  nested,
);
const id = fc.constantFrom(
  'op',
  'google',
  'microsoft',
  'auth0',
  'apple',
  'demo',
  'Op',
  'a b',
  'constructor',
  '__proto__',
);
const table = fc.dictionary(id, entry, { maxKeys: 3 });
const providers = fc.oneof(
  table,
  table.map((each) => JSON.stringify(each) ?? ''),
  nested,
);
const env: fc.Arbitrary<Env> = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...SETTINGS), nested, { maxKeys: 10 }),
    fc.record(
      { SESSION_SECRET: fc.constant(SESSION_SECRET), PROVIDERS: providers, OP_CLIENT_SECRET: text },
      { requiredKeys: [] },
    ),
  )
  .map(([made, usual]) => ({ ...made, ...usual }));

holds('settings of any kind are taken, or refused by name and without a value', [env], (given) => {
  try {
    expect(loadSettings(given).defaultProvider.client.client_id).toBeTruthy();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    expect(error.faults.length).toBeGreaterThan(0);
    for (const { setting, fault, hint } of error.faults) {
      expect(setting).toMatch(/^(?:[A-Z0-9_]+$|PROVIDERS\.)/);
      expect(fault).not.toBe('');
      expect(hint).not.toBe('');
    }
    expect(JSON.stringify(error.faults)).not.toContain(CANARY);
  }
});

holds('a Worker with such settings answers, and shows none of them', [env], async (given) => {
  const visitor = new Visitor(given);
  for (const response of [await visitor.get('/'), await visitor.getJson('/session')]) {
    expect([200, 401, 403, 503]).toContain(response.status);
    if (response.status === 503) expect(await response.text()).not.toContain(CANARY);
  }
});
