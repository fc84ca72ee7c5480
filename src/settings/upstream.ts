import type { PrivateKeys } from '../crypto/private-keys.ts';
import type { Allow } from '../providers/allow.ts';
import type { Provider } from '../providers/provider.ts';
import type { Env } from './env.ts';

/** A service binding or the assets binding. */
export interface Binding {
  /** Its name in `wrangler.toml`. */
  readonly name: string;
  fetch(request: Request): Promise<Response>;
}

/** A header to add to a request: plain text, or text with claims in braces. */
export interface HeaderTemplate {
  readonly name: string;
  /** The name in the form of `headerKey`. Headers that a client sends under any spelling of it are dropped. */
  readonly key: string;
  readonly template: string;
}

/** A configured service that requests are forwarded to. Frozen, one per isolate. */
export interface Upstream {
  readonly id: string;
  /** The public path; begins and ends with a slash. */
  readonly path: string;
  /** Origin and base path that requests are sent to, ending in a slash. Undefined for a binding. */
  readonly target: { readonly url: string; readonly origin: string; readonly path: string } | undefined;
  readonly binding: Binding | undefined;
  readonly kind: 'api' | 'app';
  readonly session: 'required' | 'optional';
  /** The id of the provider whose access token is attached. */
  readonly provider: string | undefined;
  readonly token: 'required' | 'optional' | 'none';
  readonly scope: readonly string[];
  /** Undefined: everyone who is signed in. */
  readonly allow: Allow | undefined;
  readonly methods: readonly string[];
  readonly encoded_slash: boolean;
  readonly headers: readonly HeaderTemplate[];
  /** The claims in `Drawbridge-Assertion`. Undefined: no assertion is sent. */
  readonly assertion: readonly string[] | undefined;
  /** Names of cookies that are passed on. Undefined: none for an `api`, all except ours for an `app`. */
  readonly cookies: readonly string[] | undefined;
  readonly websocket: boolean;
  readonly timeout_seconds: number;
}

/** The other settings that upstreams depend on. */
export interface UpstreamContext {
  readonly env: Env;
  readonly providers: ReadonlyMap<string, Provider>;
  /** The ids of providers that the settings name, whatever is wrong with them. */
  readonly attempted: ReadonlySet<string>;
  /** Empty, or begins with a slash and does not end in one. */
  readonly basePath: string;
  readonly publicOrigin: string | undefined;
  readonly controlOrigin: string | undefined;
  readonly assertionKeys: PrivateKeys;
}

/** Takes the fault of one key of an upstream. */
export type Report = (key: string, fault: string, hint: string) => void;
