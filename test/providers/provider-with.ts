import type { Provider } from '../../src/providers/provider.ts';
import type { Quirks } from '../../src/providers/quirks/quirks.ts';
import { resolveProviders } from '../../src/settings/providers-table.ts';

/** A provider with these quirks and nothing else out of the ordinary. */
export function providerWith(quirks: Quirks): Provider {
  const { providers } = resolveProviders({
    PROVIDERS: { op: { issuer: 'https://op.example', client_id: 'client-1' } },
    OP_CLIENT_SECRET: 'secret',
  });
  return { ...(providers.get('op') as Provider), ...quirks } as Provider;
}
