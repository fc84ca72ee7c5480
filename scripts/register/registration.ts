import {
  type AuthorizationServer,
  allowInsecureRequests,
  discoveryRequest,
  processDiscoveryResponse,
} from 'oauth4webapi';
import { isAllowedUrl } from '../../src/providers/allowed-url.ts';
import { issuerIn } from '../../src/providers/setting-values.ts';
import { Refusal } from '../refusal.ts';
import { printable } from '../terminal.mjs';
import { clientMetadata, redirectUrisOf, type Wanted } from './client-metadata.ts';

const TIMEOUT_MS = 15_000;
const MAX_WORDS = 500;
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

/**
 * The provider's metadata (OpenID Connect Discovery §4, RFC 8414 §3); `address` is its issuer, or where the metadata is.
 * Throws `Refusal`.
 */
export async function readMetadata(address: string): Promise<AuthorizationServer> {
  const issuer = issuerIn(address);
  if (!isAllowedUrl(issuer)) {
    throw new Refusal(`${issuer} is not an https URL (plain http is allowed for loopback hosts only).`, 2);
  }
  const failures: string[] = [];
  for (const candidate of [issuer, issuer.endsWith('/') ? issuer.slice(0, -1) : `${issuer}/`]) {
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      try {
        const url = new URL(candidate);
        return await processDiscoveryResponse(url, await discoveryRequest(url, { ...OPTIONS, algorithm }));
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
  }
  throw new Refusal(`The metadata of ${issuer} can’t be read: ${failures[0]}. Check the issuer’s URL.`);
}

/**
 * Registers this Worker as a new client (RFC 7591 §3.1). Any 2xx with a `client_id` is a registration, whatever it
 * leaves out: the client exists by then. Throws `Refusal` with what to do about it.
 */
export async function register(
  server: AuthorizationServer,
  wanted: Wanted,
  initialAccessToken: string | undefined,
): Promise<Registered> {
  const { registration_endpoint: endpoint } = server;
  if (!endpoint) {
    throw new Refusal(
      `${server.issuer} offers no dynamic registration: its metadata has no \`registration_endpoint\`.\n` +
        `Register by hand in its console, with the redirect URI ${redirectUrisOf(wanted).join(' or, as the default provider, ')}`,
    );
  }
  if (!isAllowedUrl(endpoint)) throw new Refusal('The `registration_endpoint` is not an https URL.');
  const answer = await send('POST', endpoint, initialAccessToken, clientMetadata(wanted, server));
  const body = await bodyOf(answer);
  if (!answer.ok) throw refusalOf(answer.status, body, wanted);
  return registered(body, answer.status);
}

/** Changes a registration into what is wanted now; the rest of it stays (RFC 7592 §2.1, §2.2). Throws `Refusal`. */
export async function update(
  server: AuthorizationServer,
  wanted: Wanted,
  clientUri: string,
  accessToken: string,
): Promise<Registered> {
  const present = await bodyOf(await manage('GET', clientUri, accessToken));
  const { registration_access_token: newer = accessToken } = present;
  const changes = clientMetadata(wanted, server);
  // A client has its keys by value or by reference, never both (RFC 7591 §2).
  const replaced = wanted.publicKey ? [...SERVERS_OWN, 'jwks', 'jwks_uri'] : SERVERS_OWN;
  const kept = Object.entries(present).filter(([name]) => !replaced.includes(name));
  const client = { ...Object.fromEntries(kept), ...changes };
  const answer = await manage('PUT', clientUri, String(newer), client);
  return registered({ ...present, ...(await bodyOf(answer)) }, answer.status);
}

/** Deletes the registration and with it the client id (RFC 7592 §2.3). Throws `Refusal`. */
export async function remove(clientUri: string, accessToken: string): Promise<void> {
  await manage('DELETE', clientUri, accessToken);
}

function registered(body: Record<string, unknown>, status: number): Registered {
  const { client_id } = body;
  if (typeof client_id === 'string' && client_id !== '') return { ...body, client_id };
  throw new Refusal(
    `The provider answered ${status} without a \`client_id\`. It may have registered nothing.`,
  );
}

async function manage(method: string, clientUri: string, accessToken: string, client?: object) {
  if (!isAllowedUrl(clientUri)) throw new Refusal(`${clientUri} is not an https URL.`, 2);
  const answer = await send(method, clientUri, accessToken, client);
  if (answer.status === 401 || answer.status === 403) {
    throw new Refusal(
      'The provider refused the registration access token, or no longer knows this client.\n' +
        'Set REGISTRATION_ACCESS_TOKEN to the one that the registration, or its last update, printed.',
    );
  }
  if (!answer.ok) throw new Refusal(`The provider refused: ${wordsOf(await bodyOf(answer), answer.status)}`);
  return answer;
}

async function send(method: string, url: string, token: string | undefined, client?: object) {
  try {
    return await fetch(url, {
      method,
      redirect: 'manual',
      signal: OPTIONS.signal(),
      headers: {
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(client && { 'content-type': 'application/json' }),
      },
      ...(client && { body: JSON.stringify(client) }),
    });
  } catch (error) {
    throw new Refusal(`${url} can’t be reached: ${messageOf(error)}`);
  }
}

async function bodyOf(answer: Response): Promise<Record<string, unknown>> {
  try {
    return Object(await answer.json());
  } catch {
    return {};
  }
}

function refusalOf(status: number, body: Record<string, unknown>, wanted: Wanted): Refusal {
  const { error } = body;
  if (status === 401 || error === 'invalid_token' || error === 'access_denied') {
    return new Refusal(
      'The provider only registers clients with an initial access token.\n' +
        'Get one from whoever runs it, and set INITIAL_ACCESS_TOKEN to it.',
    );
  }
  const words = wordsOf(body, status);
  if (error !== 'invalid_redirect_uri') return new Refusal(`The provider refused: ${words}`);
  return new Refusal(
    `The provider refused the redirect URIs ${redirectUrisOf(wanted).join(' and ')}: ${words}\n` +
      'Many accept only https: give the Worker’s address with --origin. Some accept only one: use --default. ' +
      'Some accept http://localhost only from native applications: try --application-type native, or web.',
  );
}

/** What the provider says, fit for a terminal. */
function wordsOf({ error, error_description: description }: Record<string, unknown>, status: number): string {
  const words = [error, description].filter((each) => typeof each === 'string').join(': ');
  return printable(words).slice(0, MAX_WORDS) || `status ${status}`;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
