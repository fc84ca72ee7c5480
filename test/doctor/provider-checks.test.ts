import { describe, expect, it } from 'vitest';
import { factsOffline } from '../../src/doctor/probe.ts';
import { checkProvider } from '../../src/doctor/provider-checks.ts';
import { resolveProviders } from '../../src/settings/providers-table.ts';
import { ORIGIN, settings } from '../support/settings.ts';

describe('the clock', () => {
  const NOW = Date.UTC(2026, 10, 25, 12);

  it.each([
    [300, 'fault', 'is 300 seconds behind the provider’s. ID tokens may be refused.'],
    [-61, 'fault', 'is 61 seconds ahead of the provider’s. ID tokens may be refused.'],
    [-60, 'warning', 'is 60 seconds ahead of the provider’s.'],
    [20, 'warning', 'is 20 seconds behind the provider’s.'],
    [2, 'ok', 'agrees with the provider’s.'],
  ])('%i seconds off', async (seconds, level, message) => {
    const PROVIDERS = { op: { issuer: 'https://op.example', client_id: 'client-1' } };
    const provider = resolveProviders(settings({ PROVIDERS, OP_CLIENT_SECRET: 'x' })).providers.get('op');
    if (!provider) throw new Error('no provider');
    const headers = new Headers({ date: new Date(NOW + seconds * 1000).toUTCString() });
    const token = {
      url: `${provider.issuer}/token`,
      status: 400,
      headers,
      body: '{"error":"invalid_grant"}',
      at: NOW,
    };
    const found = await checkProvider({ ...factsOffline(provider, `${ORIGIN}/callback`), token });
    expect(found.find(({ check }) => check === 'clock')).toMatchObject({ level, message });
  });
});
