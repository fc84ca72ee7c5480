import {
  type AuthorizationServer,
  allowInsecureRequests,
  discoveryRequest,
  dynamicClientRegistrationRequest,
  processDiscoveryResponse,
  processDynamicClientRegistrationResponse,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { isAllowedUrl } from '../../src/providers/allowed-url.ts';
import { Refusal } from '../refusal.ts';
import { clientMetadata, redirectUriOf, type Wanted } from './client-metadata.ts';

const TIMEOUT_MS = 15_000;
// Which URLs may be plain http is decided by isAllowedUrl: those of loopback hosts.
const OPTIONS = { [allowInsecureRequests]: true, signal: () => AbortSignal.timeout(TIMEOUT_MS) };
/** What the server decides; it is not sent back to it (RFC 7592 §2.2). */
const SERVERS_OWN = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/** What the provider knows of the client, as it answers a registration (RFC 7591 §3.2.1). */
export type Registered = Readonly<Record<string, unknown>> & { readonly client_id: string };

/** The provider's metadata (OpenID Connect Discovery §4, RFC 8414 §3). Throws `Refusal`. */
export async function readMetadata(issuer: string): Promise<AuthorizationServer> {
  if (!isAllowedUrl(issuer)) {
    throw new Refusal(`${issuer} is not an https URL (plain http is for loopback hosts alone).`, 2);
  }
  const url = new URL(issuer);
  const failures: string[] = [];
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    try {
      return await processDiscoveryResponse(url, await discoveryRequest(url, { ...OPTIONS, algorithm }));
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new Refusal(`The metadata of ${issuer} can’t be read: ${failures[0]}. Check the issuer’s URL.`);
}

/** Registers this Worker as a new client (RFC 7591 §3.1). Throws `Refusal` with what to do about it. */
export async function register(
  server: AuthorizationServer,
  wanted: Wanted,
  initialAccessToken: string | undefined,
): Promise<Registered> {
  const { registration_endpoint: endpoint } = server;
  if (!endpoint) {
    throw new Refusal(
      `${server.issuer} offers no dynamic registration: its metadata has no \`registration_endpoint\`.\n` +
        `Register by hand in its console, with the redirect URI ${redirectUriOf(wanted)}`,
    );
  }
  if (!isAllowedUrl(endpoint)) throw new Refusal('The `registration_endpoint` is not an https URL.');
  try {
    const answer = await dynamicClientRegistrationRequest(server, clientMetadata(wanted, server), {
      ...OPTIONS,
      ...(initialAccessToken !== undefined && { initialAccessToken }),
    });
    return (await processDynamicClientRegistrationResponse(answer)) as Registered;
  } catch (error) {
    throw refusalOf(error, wanted);
  }
}

/** Changes a registration into what is wanted now; the rest of it stays (RFC 7592 §2.1, §2.2). Throws `Refusal`. */
export async function update(
  server: AuthorizationServer,
  wanted: Wanted,
  clientUri: string,
  accessToken: string,
): Promise<Registered> {
  const present = await manage('GET', clientUri, accessToken);
  const { registration_access_token: newer = accessToken } = present;
  const changes = clientMetadata(wanted, server);
  // A client has its keys by value or by reference, never both (RFC 7591 §2).
  const replaced = wanted.publicKey ? [...SERVERS_OWN, 'jwks', 'jwks_uri'] : SERVERS_OWN;
  const kept = Object.entries(present).filter(([name]) => !replaced.includes(name));
  const client = { ...Object.fromEntries(kept), ...changes };
  return { ...present, ...(await manage('PUT', clientUri, String(newer), client)) };
}

/** Takes the registration back; the client id ends with it (RFC 7592 §2.3). Throws `Refusal`. */
export async function remove(clientUri: string, accessToken: string): Promise<void> {
  await manage('DELETE', clientUri, accessToken);
}

async function manage(method: string, clientUri: string, accessToken: string, client?: object) {
  if (!isAllowedUrl(clientUri)) throw new Refusal(`${clientUri} is not an https URL.`, 2);
  let answer: Response;
  try {
    answer = await fetch(clientUri, {
      method,
      redirect: 'manual',
      signal: OPTIONS.signal(),
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${accessToken}`,
        ...(client && { 'content-type': 'application/json' }),
      },
      ...(client && { body: JSON.stringify(client) }),
    });
  } catch (error) {
    throw new Refusal(`${clientUri} can’t be reached: ${messageOf(error)}`);
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new Refusal(
      'The provider does not take the registration access token, or no longer knows this client.\n' +
        'Set REGISTRATION_ACCESS_TOKEN to the one that the registration, or its last update, printed.',
    );
  }
  if (!answer.ok) throw new Refusal(`The provider refuses: ${wordsOf(await bodyOf(answer), answer.status)}`);
  return answer.status === 204 ? ({} as Registered) : ((await bodyOf(answer)) as Registered);
}

async function bodyOf(answer: Response): Promise<Record<string, unknown>> {
  try {
    return Object(await answer.json());
  } catch {
    return {};
  }
}

function refusalOf(error: unknown, wanted: Wanted): Refusal {
  const isAboutToken =
    error instanceof WWWAuthenticateChallengeError ||
    (error instanceof ResponseBodyError && /^(?:invalid_token|access_denied)$/.test(error.error));
  if (isAboutToken) {
    return new Refusal(
      'The provider registers nobody without an initial access token.\n' +
        'Get one from whoever runs it, and set INITIAL_ACCESS_TOKEN to it.',
    );
  }
  if (!(error instanceof ResponseBodyError)) return new Refusal(`Registration failed: ${messageOf(error)}`);
  const words = wordsOf({ ...error.cause }, error.status);
  if (error.error !== 'invalid_redirect_uri') return new Refusal(`The provider refuses: ${words}`);
  return new Refusal(
    `The provider refuses the redirect URI ${redirectUriOf(wanted)}: ${words}\n` +
      'Many take https alone: give the Worker’s address with --origin.',
  );
}

/** What the provider says, fit for a terminal. */
function wordsOf({ error, error_description: description }: Record<string, unknown>, status: number): string {
  const words = [error, description].filter((each) => typeof each === 'string').join(': ');
  return words.replace(/\p{Cc}/gu, ' ').slice(0, 500) || `status ${status}`;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
