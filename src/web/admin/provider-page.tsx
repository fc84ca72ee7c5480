import type { FC } from 'hono/jsx';
import type { KnownKey } from '../../oauth/provider-keys.ts';
import { CodeBlock } from '../components/code-block.tsx';
import { AdminPage } from './layout.tsx';
import { ProviderFacts } from './providers-page.tsx';
import type { ShownProvider } from './shown-provider.ts';
import { Cell, Records } from './table.tsx';

interface AdminProviderProps extends ShownProvider {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly keys: readonly KnownKey[];
  /** Why metadata or keys could not be read. */
  readonly unreadable: string | null;
}

/** One provider, with its metadata and keys. */
export const AdminProviderPage: FC<AdminProviderProps> = ({ metadata, keys, unreadable, ...provider }) => (
  <AdminPage title={provider.display_name} current="providers">
    <section class="card">
      <h1>{provider.display_name}</h1>
      {unreadable !== null && (
        <p class="notice" role="alert">
          Can’t read its metadata or keys: {unreadable}
        </p>
      )}
      <ProviderFacts {...provider} />
    </section>
    {unreadable === null && (
      <>
        <section class="card" aria-labelledby="keys">
          <h2 id="keys">Keys</h2>
          {keys.length === 0 ? (
            <p>No keys. A provider that sends no ID tokens needs none.</p>
          ) : (
            <Keys keys={keys} />
          )}
        </section>
        <section class="card" aria-labelledby="metadata">
          <h2 id="metadata">Metadata</h2>
          <CodeBlock
            label={`Metadata of ${provider.display_name}`}
            text={JSON.stringify(metadata, null, 2)}
          />
        </section>
      </>
    )}
  </AdminPage>
);

const Keys: FC<{ keys: readonly KnownKey[] }> = ({ keys }) => (
  <Records label="Each key" head={['kid', 'alg', 'kty', 'use']}>
    {keys.map(({ kid, alg, kty, use }) => (
      <tr>
        <Cell label="kid" breakable>
          <code>{kid ?? 'none'}</code>
        </Cell>
        <Cell label="alg">{alg ?? 'not named'}</Cell>
        <Cell label="kty">{kty}</Cell>
        <Cell label="use">{use ?? 'any'}</Cell>
      </tr>
    ))}
  </Records>
);
