import { describe, expect, it, vi } from 'vitest';
import { adminRoutes } from '../../../src/web/admin/admin.tsx';
import { listed, TOKENS } from '../../sessions/durable-object/keeper-stage.ts';
import { desk } from './admin-stage.ts';
import { schemaFaults } from './json-schema.ts';

interface Document {
  readonly components: { readonly schemas: Record<string, object> };
  readonly paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>;
}

describe('the OpenAPI document', () => {
  it('has every route of the desk, and no other', async () => {
    const { ask } = await desk();
    const { paths } = (await ask('GET', '/admin/openapi.json')) as unknown as Document;
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routed = adminRoutes()
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(documented.sort()).toEqual([...new Set(routed)].sort());
  });

  it('describes what each route answers with', async () => {
    const { ask, hash, op, visitor } = await desk();
    op.answers['/token'] = () => Response.json({ error: 'invalid_client' }, { status: 401 });
    const { flow } = await fail(visitor, op);
    delete op.answers['/token'];
    await vi.waitFor(async () => expect(await known(flow)).toBe(true));
    const document = (await ask('GET', '/admin/openapi.json')) as unknown as Document;
    const session = `/admin/sessions/${hash}`;
    const answers: [method: string, path: string, documented: string][] = [
      ['GET', '/admin/sessions?limit=1', '/sessions'],
      ['GET', session, '/sessions/{id}'],
      ['POST', `${session}/refresh`, '/sessions/{id}/refresh'],
      ['POST', `${session}/reveal`, '/sessions/{id}/reveal'],
      ['GET', '/admin/logins', '/logins'],
      ['GET', '/admin/providers', '/providers'],
      ['GET', '/admin/upstreams', '/upstreams'],
      ['GET', '/admin/providers/op', '/providers/{id}'],
      ['POST', '/admin/doctor', '/doctor'],
      ['POST', '/admin/reseal', '/reseal'],
      ['POST', `${session}/revoke`, '/sessions/{id}/revoke'],
      ['POST', '/admin/sessions/revoke?provider=op&sub=nobody', '/sessions/revoke'],
      ['GET', '/admin/sessions/none', 'Error'],
    ];
    for (const [method, path, documented] of answers) {
      const operation = document.paths[documented]?.[method.toLowerCase()];
      const schema = operation?.responses['200']?.content?.['application/json']?.schema ?? {
        $ref: `#/components/schemas/${documented}`,
      };
      expect([path, ...schemaFaults(schema, await ask(method, path), document)]).toEqual([path]);
    }
  });
});

type Desk = Awaited<ReturnType<typeof desk>>;

/** A login that fails; what the user is told. */
async function fail(visitor: Desk['visitor'], op: Desk['op']): Promise<{ flow: string; error: string }> {
  const other = visitor.at(visitor.env);
  const started = await other.get('/login');
  const response = await other.getJson(op.callback(new URL(started.headers.get('location') ?? '')));
  return (await response.json()) as { flow: string; error: string };
}

async function known(flow: string): Promise<boolean> {
  return (await TOKENS.list({ prefix: `login:${flow}` })).keys.length === 1;
}

describe('search', () => {
  const ids = async ({ ask }: Desk, query: string) => {
    const { sessions } = await ask('GET', `/admin/sessions?limit=1000&${query}`);
    return (sessions as { id: string }[]).map(({ id }) => id);
  };

  it('by sub alone finds a user’s sessions', async () => {
    const stage = await desk();
    expect(await ids(stage, `sub=${stage.op.sub}`)).toEqual([stage.hash]);
    expect(await ids(stage, `sub=${stage.op.sub}&provider=other`)).toEqual([]);
    expect(await ids(stage, 'sub=nobody')).toEqual([]);
  });

  it('finds what ends soon, and nothing that does not', async () => {
    const stage = await desk({ SESSION_IDLE_SECONDS: 5400, SESSION_MAX_SECONDS: 5400 });
    expect(await ids(stage, 'expiring=1')).not.toContain(stage.hash);
    expect(await ids(stage, 'expiring=2')).toContain(stage.hash);
    expect((await stage.api('GET', '/admin/sessions?expiring=soon')).status).toBe(400);
  });

  it('finds a grant that its provider can’t refresh now, and its timeline says why', async () => {
    const stage = await desk();
    stage.op.answers['/token'] = () =>
      Response.json({ error: 'down', error_description: 'Token for ada@corp.example' }, { status: 503 });
    expect((await stage.api('POST', `/admin/sessions/${stage.hash}/refresh`)).status).toBe(502);
    const error = 'provider_unreachable';
    await vi.waitFor(
      async () => expect(await listed(stage.key)).toHaveProperty('faults', { op: error }),
      5000,
    );
    expect(await ids(stage, 'failed=1')).toContain(stage.hash);
    const shown = await stage.ask('GET', `/admin/sessions/${stage.hash}`);
    expect(shown.grants).toHaveLength(1);
    expect(shown.timeline).toMatchObject([{ event: 'refresh_failed', error }, { event: 'signed_in' }]);
    expect(JSON.stringify(shown)).not.toContain('corp.example');
  });

  it('no longer finds a grant that was refreshed since', async () => {
    const stage = await desk();
    stage.op.answers['/token'] = () => new Response('', { status: 503 });
    await stage.api('POST', `/admin/sessions/${stage.hash}/refresh`);
    await stage.api('POST', `/admin/sessions/${stage.hash}/refresh`);
    delete stage.op.answers['/token'];
    const after = await stage.ask('POST', `/admin/sessions/${stage.hash}/refresh`);
    expect((after.timeline as object[]).filter((event) => 'times' in event)).toEqual([
      expect.objectContaining({ event: 'refresh_failed', times: 2 }),
    ]);
    await vi.waitFor(async () => expect(await listed(stage.key)).not.toHaveProperty('faults'), 5000);
    expect(await ids(stage, 'failed=1')).not.toContain(stage.hash);
  });

  it('takes the beginning of an id where no other begins so', async () => {
    const { ask, api, hash } = await desk();
    expect(await ask('GET', `/admin/sessions/${hash.slice(0, 12)}`)).toMatchObject({ id: hash });
    await TOKENS.put(`session:${hash.slice(0, 12)}${'0'.repeat(52)}`, 'x');
    expect((await api('GET', `/admin/sessions/${hash.slice(0, 12)}`)).status).toBe(400);
    expect((await api('GET', '/admin/sessions/abc')).status).toBe(404);
  });
});

it('is told of a cursor that KV does not take', async () => {
  const { api } = await desk();
  const list = vi.spyOn(TOKENS, 'list').mockRejectedValueOnce(new Error('KV LIST failed: 400 Bad Request'));
  const response = await api('GET', '/admin/sessions?cursor=junk');
  list.mockRestore();
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'invalid_request', hint: 'Start at the first page.' });
});

describe('the logins of late', () => {
  it('lead from the flow id of a user’s error page to the provider’s words, redacted', async () => {
    const { ask, op, visitor } = await desk();
    op.answers['/token'] = () =>
      Response.json(
        { error: 'invalid_client', error_description: 'client_secret=hunter2 of bob@corp.example is wrong' },
        { status: 401 },
      );
    const { flow, error } = await fail(visitor, op);
    await vi.waitFor(async () => expect(await known(flow)).toBe(true));
    const { logins } = await ask('GET', `/admin/logins?flow=${flow}`);
    expect(logins).toEqual([
      expect.objectContaining({
        flow,
        outcome: 'failed',
        provider: 'op',
        error,
        provider_error: 'invalid_client',
      }),
    ]);
    expect(JSON.stringify(logins)).not.toMatch(/hunter2|corp\.example/);
  });

  it('lead from a flow id to the session', async () => {
    const { ask, hash } = await desk();
    const { timeline } = await ask('GET', `/admin/sessions/${hash}`);
    const [{ flow }] = timeline as [{ flow: string }];
    expect(await ask('GET', `/admin/logins?flow=${flow}`)).toMatchObject({
      logins: [{ flow, outcome: 'finished', session: hash }],
    });
    const { providers } = await ask('GET', '/admin/providers');
    expect(providers).toMatchObject([{ id: 'op', last_success: { flow: expect.any(String) } }]);
  });

  it('come the latest first, a page at a time', async () => {
    const { ask } = await desk();
    await desk();
    const first = await ask('GET', '/admin/logins?limit=1&outcome=finished');
    const second = await ask('GET', `/admin/logins?limit=1&outcome=finished&cursor=${first.cursor}`);
    const [a, b] = [first, second].map(({ logins }) => (logins as [{ at: number; flow: string }])[0]);
    expect(a?.at).toBeGreaterThanOrEqual(b?.at ?? Number.POSITIVE_INFINITY);
    expect(a?.flow).not.toBe(b?.flow);
  });
});

describe('a provider', () => {
  it('shows its metadata and keys, by kid and alg', async () => {
    const { ask } = await desk();
    expect(await ask('GET', '/admin/providers/op')).toMatchObject({
      metadata: { jwks_uri: 'https://op.example/jwks' },
      keys: [{ kid: 'key-1', alg: 'ES256' }],
      unreadable: null,
    });
  });
});
