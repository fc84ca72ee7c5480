import { createExecutionContext } from 'cloudflare:test';
import { RpcStub, RpcTarget } from 'cloudflare:workers';
import { Hono } from 'hono';
import { Auth } from '../../src/inside/auth.ts';
import type { LoginUrlOptions } from '../../src/inside/login-url.ts';
import type { AuthProps } from '../../src/inside/policy.ts';
import { createDrawbridge, type DrawbridgeEnv, type DrawbridgeOptions, drawbridge } from '../../src/lib.ts';
import type { Env } from '../../src/settings/env.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { ORIGIN, settings } from '../support/settings.ts';
import { Visitor } from '../support/visitor.ts';

/** The entrypoint `Auth` behind a stub: what goes in and out is serialized as it is between two Workers. */
class AuthService extends RpcTarget {
  readonly #auth: Auth;

  constructor(env: Env, props: unknown) {
    super();
    this.#auth = new Auth(Object.assign(createExecutionContext(), { props }), env);
  }

  fetch(request: Request) {
    return this.#auth.fetch(request);
  }

  session(headers: Headers, options?: { origin?: string }) {
    return this.#auth.session(headers, options);
  }

  loginUrl(options?: LoginUrlOptions) {
    return this.#auth.loginUrl(options);
  }
}

/** A service binding to `Auth` with these props. */
export function authBinding(env: Env, props: unknown) {
  return new RpcStub(new AuthService(env, props));
}

export type App = Hono<DrawbridgeEnv & { Bindings: Env }>;

/** How an app has Drawbridge: what its Worker is bound to, and its Hono app without routes of its own. */
export type Kind = (own: Env, policy: Omit<AuthProps, 'app'>) => { env: Env; app: App };

const appWith = (options: DrawbridgeOptions): App =>
  new Hono<DrawbridgeEnv & { Bindings: Env }>().use(drawbridge(options));

/** Mounted in the app's own Worker. */
export const embedded: Kind = (own, policy) => {
  const app = appWith(policy);
  app.route('/auth', createDrawbridge());
  return { env: own, app };
};

/** In a Worker of its own, over a service binding. */
export const bound: Kind = (own, policy) => {
  const auth = authBinding({ ...own, BASE_PATH: '/auth' }, { app: 'test', ...policy });
  const app = appWith({ binding: 'AUTH' });
  app.all('/auth/*', (c) => auth.fetch(c.req.raw));
  return { env: { AUTH: auth }, app };
};

/** A browser in front of an app that has Drawbridge inside; `routes` are the app's own. */
export async function appStage(
  kind: Kind,
  routes: (app: App) => unknown,
  { entry = {}, env = {}, policy = {} }: { entry?: Env; env?: Env; policy?: Omit<AuthProps, 'app'> } = {},
) {
  const op = await ScriptedProvider.start();
  const made = kind(
    settings({
      PROVIDERS: { op: op.entry(entry), other: { ...op.entry(), issuer: 'https://other.example' } },
      OP_CLIENT_SECRET: op.clientSecret,
      OTHER_CLIENT_SECRET: 'secret of another',
      DEFAULT_PROVIDER: 'op',
      ...env,
    }),
    policy,
  );
  routes(made.app);
  return { op, visitor: new Visitor(made.env, ORIGIN, made.app) };
}
