import { runDurableObjectAlarm } from 'cloudflare:test';
import fc from 'fast-check';
import { afterEach, describe, expect, vi } from 'vitest';
import { logoutToken } from '../fakes/logout-token.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { signIn, stage } from '../flows/journey.ts';
import { later, SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { locationOf, type Visitor } from '../support/visitor.ts';
import { holds } from './holds.ts';

const ADMIN_TOKEN = 'pL7vQ2xW9zR4tY6uI8oA3sD5fG1hJ0kC';
const TEMPLATE = 'https://op.example/{tid}/v2.0';
const TENANTS = [1, 2].map((digit) => `${digit}0000000-0000-4000-8000-000000000000`);
const LAG_MS = 60_000;

const browser = fc.nat(1);
const step = fc.oneof(
  fc.record({ kind: fc.constant('login' as const), browser, tenant: fc.nat(1) }),
  fc.record({ kind: fc.constant('connect' as const), browser }),
  fc.record({
    kind: fc.constant('refresh' as const),
    browser,
    provider: fc.constantFrom('op', 'two'),
    outcome: fc.constantFrom('granted' as const, 'refused' as const, 'lost' as const),
  }),
  fc.record({ kind: fc.constant('logout' as const), browser }),
  fc.record({ kind: fc.constant('revoke' as const), tenant: fc.nat(1) }),
  fc.record({ kind: fc.constant('logout token' as const), tenant: fc.nat(1) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(1, 61, 120) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** KV whose lists know nothing of the last minute; the objects that sweep are noted. */
function laggingBindings() {
  const writtenAt = new Map<string, number>();
  const sweepers = new Set<string>();
  const kv = new Proxy(TOKENS, {
    get: (tokens, name) => {
      const method = (Reflect.get(tokens, name) as (...given: unknown[]) => Promise<unknown>).bind(tokens);
      if (name === 'put') {
        return (key: string, ...rest: unknown[]) => {
          if (!writtenAt.has(key)) writtenAt.set(key, Date.now());
          return method(key, ...rest);
        };
      }
      if (name !== 'list') return method;
      return async (options: KVNamespaceListOptions) => {
        const page = await tokens.list(options);
        const keys = page.keys.filter(({ name }) => (writtenAt.get(name) ?? 0) + LAG_MS < Date.now());
        return { ...page, keys };
      };
    },
  });
  const keepers = {
    getByName: (name: string) => {
      if (name.startsWith('sweep:')) sweepers.add(name);
      return SESSION_KEEPER.getByName(name);
    },
  };
  return { env: { TOKENS: kv, SESSION_KEEPER: keepers }, sweepers };
}

/** What a browser should be: of which tenant's user it is, and whether a second provider is connected. */
interface Model {
  tenant: number | undefined;
  connected: boolean;
}

async function world() {
  const { env, sweepers } = laggingBindings();
  const { op, visitor } = await stage({ issuer_template: TEMPLATE }, { ...env, ADMIN_TOKEN });
  const two = await ScriptedProvider.start('https://two.example');
  // Both tenants have a user of this name.
  op.sub = crypto.randomUUID();
  two.sub = crypto.randomUUID();
  const settings = {
    ...visitor.env,
    PROVIDERS: { op: op.entry({ issuer_template: TEMPLATE }), two: two.entry() },
    TWO_CLIENT_SECRET: two.clientSecret,
  };
  const browsers = [0, 1].map(() => visitor.at(settings));
  const models: Model[] = browsers.map(() => ({ tenant: undefined, connected: false }));
  return { op, two, browsers, models, sweepers };
}
type World = Awaited<ReturnType<typeof world>>;

const issuerOf = (tenant: number) => TEMPLATE.replace('{tid}', TENANTS[tenant] as string);

function ofTenant({ op }: World, tenant: number): void {
  op.idTokenClaims = (right) => ({ ...right, tid: TENANTS[tenant], iss: issuerOf(tenant) });
}

/** The revocation and the logout token end what lists know of, and the rest 90 s later. */
async function sweep({ sweepers }: World): Promise<void> {
  later(91);
  for (const name of sweepers) await runDurableObjectAlarm(SESSION_KEEPER.getByName(name));
  sweepers.clear();
}

async function revoke(here: World, tenant: number): Promise<void> {
  const visitor = (here.browsers[0] as Visitor).at((here.browsers[0] as Visitor).env);
  const query = new URLSearchParams({ iss: issuerOf(tenant), sub: here.op.sub });
  const headers = { accept: 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` };
  expect((await visitor.send('POST', `/admin/sessions/revoke?${query}`, { headers })).status).toBe(200);
  await sweep(here);
  for (const model of here.models) if (model.tenant === tenant) model.tenant = undefined;
}

async function run(here: World, now: Step): Promise<void> {
  if (now.kind === 'wait') return void later(now.seconds);
  if (now.kind === 'revoke') return revoke(here, now.tenant);
  if (now.kind === 'logout token') {
    const visitor = (here.browsers[0] as Visitor).at((here.browsers[0] as Visitor).env);
    const claims = { sub: here.op.sub, iss: issuerOf(now.tenant) };
    const body = new URLSearchParams({ logout_token: await logoutToken(here.op, claims) });
    expect((await visitor.send('POST', '/backchannel-logout/op', { body })).status).toBe(200);
    await sweep(here);
    for (const model of here.models) if (model.tenant === now.tenant) model.tenant = undefined;
    return undefined;
  }
  const [visitor, model] = [here.browsers[now.browser] as Visitor, here.models[now.browser] as Model];
  if (now.kind === 'login') {
    ofTenant(here, now.tenant);
    expect((await signIn(visitor, here.op)).status).toBe(303);
    Object.assign(model, { tenant: now.tenant, connected: false });
  } else if (now.kind === 'logout') {
    expect((await visitor.post('/logout')).status).toBe(303);
    model.tenant = undefined;
  } else if (model.tenant === undefined) return undefined;
  else if (now.kind === 'connect') {
    const started = await visitor.follow('/login/two?connect=1');
    expect((await visitor.get(here.two.callback(locationOf(started)))).status).toBe(303);
    model.connected = true;
  } else await refresh(here, visitor, model, now);
  return undefined;
}

async function refresh(
  { op, two }: World,
  visitor: Visitor,
  model: Model,
  { provider: id, outcome }: Extract<Step, { kind: 'refresh' }>,
): Promise<void> {
  if (id === 'two' && !model.connected) return;
  const provider = id === 'op' ? op : two;
  if (outcome === 'refused') {
    provider.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
  } else if (outcome === 'lost') {
    provider.answers['/token'] = () => {
      throw new TypeError('connection reset');
    };
  }
  await visitor.post(`/session/refresh?provider=${id}`);
  delete provider.answers['/token'];
  if (outcome !== 'refused') return;
  if (id === 'op') model.tenant = undefined;
  else model.connected = false;
}

async function check({ op, browsers, models }: World): Promise<void> {
  for (const [index, { tenant }] of models.entries()) {
    const response = await (browsers[index] as Visitor).getJson('/session');
    expect(response.status).toBe(tenant === undefined ? 401 : 200);
    if (tenant === undefined) continue;
    expect(await response.json()).toMatchObject({ iss: issuerOf(tenant), sub: op.sub });
  }
}

describe('sessions on the server', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  holds(
    'are their user’s, and found by user and operator, whatever has happened to them',
    [fc.array(step, { minLength: 4, maxLength: 14, size: 'max' })],
    async (steps) => {
      vi.useRealTimers();
      const here = await world();
      for (const each of steps) {
        await run(here, each);
        await check(here);
      }
      for (const tenant of [0, 1]) {
        await revoke(here, tenant);
        await check(here);
      }
    },
    { divisor: 5, most: 300 },
  );
});
