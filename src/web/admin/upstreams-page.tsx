import type { FC } from 'hono/jsx';
import { AdminPage } from './layout.tsx';
import type { ShownUpstream } from './shown-upstream.ts';
import { Cell, Records } from './table.tsx';

const HEAD = ['Upstream', 'Path', 'Forwards to', 'Token', 'Who may use it', 'Identity headers', 'Methods'];

/** Where requests are forwarded to, the longest path first: the first that matches gets the request. */
export const AdminUpstreamsPage: FC<{ upstreams: readonly ShownUpstream[] }> = ({ upstreams }) => (
  <AdminPage title="Upstreams" current="upstreams">
    <section class="card">
      <h1>Upstreams</h1>
      {upstreams.length === 0 ? (
        <p class="hint">
          No upstreams yet. Add a table <code>[vars.UPSTREAMS.api]</code> to wrangler.toml.
        </p>
      ) : (
        <Records label="Upstreams" head={HEAD}>
          {upstreams.map((upstream) => (
            <tr>
              <th scope="row">
                {upstream.id} <span class="hint">{upstream.kind}</span>
              </th>
              <Cell label="Path">
                <code>{upstream.path}</code>
              </Cell>
              <Cell label="Forwards to" breakable>
                <code>{upstream.target ?? `binding ${upstream.binding}`}</code>
              </Cell>
              <Cell label="Token">{tokenOf(upstream)}</Cell>
              <Cell label="Who may use it" breakable>
                {whoMay(upstream)}
              </Cell>
              <Cell label="Identity headers" breakable>
                {identityOf(upstream)}
              </Cell>
              <Cell label="Methods">{upstream.methods.join(', ')}</Cell>
            </tr>
          ))}
        </Records>
      )}
    </section>
  </AdminPage>
);

function tokenOf({ provider, token, scope }: ShownUpstream): string {
  if (provider === null || token === 'none') return 'none';
  return `${provider}${token === 'optional' ? ', if available' : ''}${scope === '' ? '' : `: ${scope}`}`;
}

function whoMay({ session, allow }: ShownUpstream): string {
  if (allow === null) return session === 'optional' ? 'everyone' : 'everyone signed in';
  return Object.entries(allow)
    .map(([claim, values]) => `${claim}: ${values.join(' or ')}`)
    .join(', and ');
}

function identityOf({ headers, assertion }: ShownUpstream): string {
  const names = [...headers, ...(assertion ? ['Drawbridge-Assertion'] : [])];
  return names.length === 0 ? 'none' : names.join(', ');
}
