import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { limitedText } from '../../limited-text.ts';
import { blankHeaders, blankSecrets, type Step } from '../../oauth/steps.ts';
import type { Session } from '../../sessions/session.ts';
import { forward } from '../../upstreams/forward.ts';
import { type Match, matchUpstream } from '../../upstreams/path.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow } from '../errors/respond.tsx';
import { SessionCaller } from '../upstreams/session-caller.ts';

interface UpstreamCall {
  readonly error?: string;
  readonly steps: readonly Step[];
}

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Asks an upstream for a path as a page of the app would, and shows both requests: the page's, which carries no token,
 * and the one that reached the upstream, with the token. Then the second once more without the token.
 */
export async function callUpstream(c: Context<AppEnv>, session: Session, url: string): Promise<UpstreamCall> {
  const [path = '', query] = url.split(/\?(.*)/s, 2);
  try {
    const { upstreams } = c.get('settings');
    const match = matchUpstream(upstreams, path, query === undefined ? '' : `?${query}`);
    if (!match) return { error: 'No upstream has this path.', steps: [] };
    return { steps: await stepsOf(c, session, match, url) };
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    return { error: `${error.description} (${error.code})`, steps: [] };
  }
}

async function stepsOf(c: Context<AppEnv>, session: Session, match: Match, url: string): Promise<Step[]> {
  const origin = c.get('origin');
  const request = new Request(origin + url, { headers: { accept: 'application/json' } });
  const caller = new SessionCaller(c.get('sessions'), session, { by: 'browser', signInUrl: () => undefined });
  const sent: { url: string; headers: Headers }[] = [];
  const response = await forward(request, match, caller, {
    settings: c.get('settings'),
    origin,
    publicPath: match.upstream.path,
    flow: newFlow(),
    onSend: (to, headers) => sent.push({ url: to, headers: new Headers(headers) }),
  });
  const at = Date.now();
  const page: Step = {
    title: 'What your page sends',
    at,
    request: { method: 'GET', url: request.url, headers: { accept: 'application/json', cookie: '•••' } },
    note: 'No token: the session cookie is enough.',
  };
  const last = sent.at(-1);
  if (!last) return [page];
  const target = { method: 'GET', url: last.url, headers: blankHeaders(last.headers) };
  const forwarded: Step = {
    title: 'What the upstream gets',
    at,
    request: target,
    response: await shown(response),
    ...(sent.length > 1 && { note: `Sent ${sent.length} times, the last with a new token.` }),
  };
  return [page, forwarded, ...(match.upstream.target ? [await withoutToken(last, at)] : [])];
}

/** The same request without the token: what the upstream says to everybody else. */
async function withoutToken(sent: { url: string; headers: Headers }, at: number): Promise<Step> {
  const headers = new Headers(sent.headers);
  headers.delete('authorization');
  headers.delete('dpop');
  const title = 'The same without the token';
  const request = { method: 'GET', url: sent.url, headers: blankHeaders(headers) };
  try {
    const response = await fetch(sent.url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    });
    return { title, at, request, response: await shown(response) };
  } catch {
    return { title, at, request, note: 'No answer.' };
  }
}

async function shown(response: Response): Promise<NonNullable<Step['response']>> {
  const body = await limitedText(response.body, MAX_BODY_BYTES).catch(() => '(too long to show)');
  return { status: response.status, headers: blankHeaders(response.headers), body: blankSecrets(body) };
}
