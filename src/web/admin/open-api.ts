import { SCHEMAS } from './open-api-schemas.ts';

const inQuery = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});
const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
const ID = inPath('id', 'The id of the session, or a unique prefix of it');
const GRANT = inQuery('provider', 'The provider of the grant; by default the one the user signed in with');
const CURSOR = inQuery('cursor', 'The `cursor` of the previous response');
const LIMIT = inQuery('limit', 'How many, 50 unless told, 1000 at most');

const json = (schema: keyof typeof SCHEMAS) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
});
const refusal = (description: string) => ({ description, content: json('Error') });
const REFUSALS = {
  '400': refusal('A parameter is malformed, or the prefix of an id matches more than one session'),
  '401': refusal('The token is missing or wrong'),
  '404': refusal(
    'No such session, grant or provider; or neither `ADMIN_TOKEN` nor Cloudflare Access is set up',
  ),
  '429': refusal('Too many wrong tokens'),
};

/** One operation that answers with JSON. */
const operation = (summary: string, answer: keyof typeof SCHEMAS, parameters: readonly object[] = []) => ({
  summary,
  parameters,
  responses: { '200': { description: 'OK', content: json(answer) }, ...REFUSALS },
});

/** One operation that only the pages use: it answers with a redirect. */
const forBrowsers = (summary: string, more: object = {}) => ({
  summary,
  ...more,
  responses: { '303': { description: 'To the pages' }, '403': refusal('The request came from another site') },
});

const CONNECTION = inPath('id', 'The id of the connection');
const KEY = inPath('key', 'The id of the key');
const KEY_FIELDS = {
  raw_tokens: '`true`: the key may be exchanged for the access token',
  upstreams: 'Upstreams that the key may reach through the relay; can be repeated',
  methods: 'Methods that it may use',
  paths: 'Paths below an upstream that it may use',
  key_days: 'When the key ends',
};

/** One operation that takes a form and answers with JSON. */
const formOperation = (
  summary: string,
  answer: keyof typeof SCHEMAS,
  fields: Readonly<Record<string, string>>,
  parameters: readonly object[] = [],
) => ({
  ...operation(summary, answer, parameters),
  requestBody: {
    required: true,
    content: {
      'application/x-www-form-urlencoded': {
        schema: {
          type: 'object',
          properties: Object.fromEntries(
            Object.entries(fields).map(([name, description]) => [name, { type: 'string', description }]),
          ),
        },
      },
    },
  },
});

/** One operation that answers with a page. */
const page = (summary: string) => ({ summary, responses: { '200': { description: 'A page' }, ...REFUSALS } });

const PATHS = {
  '/': { get: { summary: 'To the sessions', responses: { '302': { description: 'To the sessions' } } } },
  '/sign-in': {
    post: forBrowsers('Exchanges the token for the cookie of the pages', {
      security: [],
      requestBody: {
        required: true,
        content: {
          'application/x-www-form-urlencoded': {
            schema: { type: 'object', properties: { token: { type: 'string' } }, required: ['token'] },
          },
        },
      },
    }),
  },
  '/sign-out': { post: forBrowsers('Ends the sign-in and deletes its cookie') },
  '/openapi.json': {
    get: { summary: 'This document', responses: { '200': { description: 'OpenAPI 3.1' } } },
  },
  '/sessions': {
    get: operation('The stored sessions, one page at a time', 'Sessions', [
      inQuery('provider', 'Only sessions with a grant of this provider'),
      inQuery('sub', 'Only sessions of this subject'),
      inQuery('expiring', 'Only sessions that end within this many hours, even while in use'),
      inQuery('failed', '`1`: only sessions with a grant whose last refresh failed'),
      CURSOR,
      LIMIT,
    ]),
  },
  '/sessions/revoke': {
    post: operation('Ends every session of a user', 'RevokedUser', [
      { ...inQuery('provider', 'The provider that the user signs in with'), required: true },
      { ...inQuery('sub', 'The user’s subject there'), required: true },
    ]),
  },
  '/sessions/{id}': { get: operation('One session, without a token', 'Session', [ID]) },
  '/sessions/{id}/reveal': {
    post: operation('The tokens of a grant and the user’s claims; logged', 'Revealed', [ID, GRANT]),
  },
  '/sessions/{id}/refresh': { post: operation('Refreshes a grant now', 'Session', [ID, GRANT]) },
  '/sessions/{id}/revoke': { post: operation('Ends a session and revokes its tokens', 'Revoked', [ID]) },
  '/reseal': { post: operation('Re-encrypts 50 records with the first secret', 'Resealed', [CURSOR]) },
  '/logins': {
    get: operation('Recent logins and how they ended, newest first', 'Logins', [
      inQuery('flow', 'The flow id that an error page or a log line names'),
      inQuery('provider', 'Only logins with this provider'),
      inQuery('outcome', '`failed` or `finished`'),
      CURSOR,
      LIMIT,
    ]),
  },
  '/connections': {
    get: operation('Connections, of every user and of the service itself', 'Connections', [CURSOR]),
    post: formOperation('Starts the consent for a new connection of the service', 'AuthorizationUrl', {
      provider: 'The id of a provider',
      label: 'Its name',
      scope: 'The scope to request; by default the same as signing in',
      expires_in_days: 'When the connection ends',
      ...KEY_FIELDS,
    }),
  },
  '/connections/reseal': {
    post: operation('Re-encrypts 50 connections with the first secret', 'ResealedConnections', [CURSOR]),
  },
  '/connections/new': { get: page('Only the form, filled in from the query') },
  '/connections/{id}': { get: operation('One connection, without a token', 'Connection', [CONNECTION]) },
  '/connections/{id}/reconnect': {
    post: operation('Starts a new consent', 'AuthorizationUrl', [CONNECTION]),
  },
  '/connections/{id}/end': {
    post: operation('Ends a connection and revokes its tokens', 'Ended', [CONNECTION]),
  },
  '/connections/{id}/keys': {
    post: formOperation('Adds a key', 'NewKey', { label: 'Its name', ...KEY_FIELDS }, [CONNECTION]),
  },
  '/connections/{id}/keys/{key}/rotate': {
    post: operation('A new key with the policy of an old one', 'NewKey', [
      CONNECTION,
      KEY,
      inQuery('overlap', 'How many more seconds the old key works; one day by default'),
    ]),
  },
  '/connections/{id}/keys/{key}/end': { post: operation('Ends a key', 'Ended', [CONNECTION, KEY]) },
  '/device': {
    get: page('The form for a user code'),
    post: page('Shows the request behind a user code, or decides it'),
  },
  '/doctor': {
    get: {
      summary: 'The page with the button',
      responses: { '200': { description: 'A page' }, '405': refusal('To programs') },
    },
    post: operation('Settings, bindings, storage and every provider, tried from the Worker', 'Diagnosis'),
  },
  '/upstreams': { get: operation('Where requests are forwarded to, without a secret', 'Upstreams') },
  '/providers': { get: operation('The providers as resolved, without a secret', 'Providers') },
  '/providers/{id}': {
    get: operation('One provider, with its metadata and keys', 'ProviderDetails', [
      inPath('id', 'The id of the provider in the settings'),
    ]),
  },
};

/** The admin API as an OpenAPI 3.1 document. */
export function openApi(base: string) {
  return {
    openapi: '3.1.0',
    info: { title: 'Drawbridge: the operator’s API', version: '1' },
    servers: [{ url: base }],
    components: {
      schemas: SCHEMAS,
      securitySchemes: { operator: { type: 'http', scheme: 'bearer', description: '`ADMIN_TOKEN`' } },
    },
    security: [{ operator: [] }],
    paths: PATHS,
  };
}
