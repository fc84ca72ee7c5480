import type { Env } from '../../src/settings/env.ts';
import { type AnomalyName, misbehave } from '../fakes/anomalies.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { settings } from '../support/settings.ts';
import { locationOf, Visitor } from '../support/visitor.ts';

type Members = Record<string, unknown>;

/** Where a case plays: what is set up before anything happens. */
export interface Setting {
  /** Settings of the provider `op`. */
  readonly entry?: Members;
  readonly env?: Env;
  /** Sessions in Durable Objects; else in cookies. */
  readonly onServer?: boolean;
  readonly anomalies?: readonly AnomalyName[];
}

/** Two providers, `op` (the default one) and `two`, a Worker that has both, and a browser in front of it. */
export class Scene {
  readonly op: ScriptedProvider;
  readonly two: ScriptedProvider;
  /** The browser that is looked at afterwards. */
  visitor: Visitor;

  private constructor(op: ScriptedProvider, two: ScriptedProvider, visitor: Visitor) {
    this.op = op;
    this.two = two;
    this.visitor = visitor;
  }

  static async set({ entry = {}, env = {}, onServer = false, anomalies = [] }: Setting): Promise<Scene> {
    const op = await ScriptedProvider.start();
    const two = await ScriptedProvider.start('https://two.example');
    await misbehave(op, anomalies);
    const own = settings({
      PROVIDERS: { op: op.entry(entry), two: two.entry() },
      OP_CLIENT_SECRET: op.clientSecret,
      TWO_CLIENT_SECRET: two.clientSecret,
      ...(onServer && { TOKENS, SESSION_KEEPER }),
      ...env,
    });
    if (onServer) op.sub = crypto.randomUUID();
    return new Scene(op, two, new Visitor(own));
  }

  /** Another browser, with nothing in it. */
  stranger(): Visitor {
    return new Visitor(this.visitor.env);
  }

  /** Starts a login and returns the URL that the browser is sent to. Throws the answer if it is no redirect. */
  async start(path = '/login', visitor = this.visitor): Promise<URL> {
    const started = await visitor.getJson(path);
    if (started.status !== 302) throw new NotStarted(started);
    return locationOf(started);
  }

  /** A whole login at `op`, or at `two` if the path says so; returns its last answer, the refusal to start too. */
  async signIn(path = '/login', visitor = this.visitor): Promise<Response> {
    try {
      const url = await this.start(path, visitor);
      return await visitor.getJson((url.origin === this.two.issuer ? this.two : this.op).callback(url));
    } catch (error) {
      if (error instanceof NotStarted) return error.response;
      throw error;
    }
  }

  /** Starts a login, and comes back to the given path with its state, code and iss, which `change` may change. */
  async comeBack(path: string, change: (right: URLSearchParams) => void = () => {}): Promise<Response> {
    const right = this.op.authorize(await this.start());
    change(right);
    return this.visitor.getJson(`${path}?${right}`);
  }

  /** The name and value of the cookie of the login that is open. */
  get loginCookie(): [string, string] {
    const found = [...this.visitor.cookies].find(([name]) => name.includes('login-'));
    if (!found) throw new Error('no login is open');
    return found;
  }

  /** How often the token endpoints were asked. */
  get tokenRequests(): number {
    return [...this.op.paths, ...this.two.paths].filter((path) => path === '/token').length;
  }
}

class NotStarted extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`the login was not started: ${response.status}`);
    this.response = response;
  }
}
