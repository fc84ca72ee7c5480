import type { ProviderRequests } from '../oauth/provider-requests.ts';
import type { Step } from '../oauth/steps.ts';
import type { CookieJar } from '../sessions/cookies/cookie-jar.ts';
import type { SessionStore } from '../sessions/store.ts';
import type { Env } from '../settings/env.ts';
import type { Settings } from '../settings/settings.ts';

/** What Hono's context carries in this app. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    settings: Settings;
    /** The origin that users see: scheme, host, port. */
    origin: string;
    jar: CookieJar;
    sessions: SessionStore;
    /** When this request came, in milliseconds since the epoch. */
    startedAt: number;
    /** INSPECT: the steps of a login before this request asked anything of the provider. */
    steps: readonly Step[] | undefined;
    /** The form that this request carried, once it was read. */
    form: URLSearchParams | undefined;
    /** What this request asked of a provider. */
    requests: ProviderRequests | undefined;
    /** Other origins that forms of this page may lead to, for the CSP. */
    formTargets: readonly string[];
    /** Origins whose pages may frame the response; by default none. */
    frameAncestors: readonly string[];
    /** The page that is answered, if everybody who sends no cookie gets the same. */
    pageForAll: string;
    /** Of a request for an upstream: errors are JSON (or never), whatever is asked for. */
    answersJson: boolean | undefined;
    /** An answer that was made with all its headers. */
    complete: Response | undefined;
    /** The answer is an upstream's, with headers of its own; how long it took, in milliseconds. */
    forwarded: { readonly duration_ms: number } | undefined;
    /** Under `/admin`: how the operator signed in, and as whom if that is known. */
    operator: string;
  };
}
