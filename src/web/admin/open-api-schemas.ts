import { CONNECTION_SCHEMAS } from './open-api-connections.ts';

const string = { type: 'string' };
const integer = { type: 'integer' };
const boolean = { type: 'boolean' };
const textOrNull = { type: ['string', 'null'] };
const TIME = { type: 'integer', description: 'Seconds since the epoch' };
const TIME_OR_NULL = { ...TIME, type: ['integer', 'null'] };

/** An object with these members and no others; those named in `optional` may be missing. */
const object = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const list = (items: object) => ({ type: 'array', items });
const oneOf = (...values: string[]) => ({ type: 'string', enum: values });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const CURSOR = { type: 'string', description: 'Where the next page begins; missing on the last one' };

const LEVEL = oneOf('ok', 'warning', 'fault');

const ListedSession = object(
  {
    id: string,
    provider: string,
    iss: { ...string, description: 'With `sub`, identifies the user; shortened if long' },
    sub: { ...textOrNull, description: 'Shortened if long, hashed if it is an email address' },
    created_at: TIME,
    expires_at: { ...TIME, description: 'When it ends at the latest, even while in use' },
    kid: string,
    faults: {
      type: 'object',
      additionalProperties: string,
      description: 'Refreshes that failed, by provider',
    },
    grants: list(
      object({
        provider: string,
        scope: string,
        flow: textOrNull,
        issued_at: TIME,
        expires_at: TIME_OR_NULL,
        refreshable: boolean,
        refreshed_at: TIME_OR_NULL,
        refresh_count: integer,
      }),
    ),
    grants_left_out: integer,
  },
  ['provider', 'iss', 'sub', 'created_at', 'expires_at', 'kid', 'faults', 'grants', 'grants_left_out'],
);

const Session = object({
  id: string,
  provider: string,
  iss: string,
  sub: textOrNull,
  created_at: TIME,
  expires_at: TIME,
  bytes: { ...integer, description: 'Size of the sealed record' },
  claims: { ...list(string), description: 'Names of the stored claims' },
  grants: list(
    object({
      provider: string,
      sub: textOrNull,
      scope: string,
      token_type: string,
      issued_at: TIME,
      expires_at: TIME_OR_NULL,
      refreshable: boolean,
      refreshed_at: TIME_OR_NULL,
      refresh_count: integer,
      characters: object({
        access_token: integer,
        refresh_token: { type: ['integer', 'null'] },
        id_token: { type: ['integer', 'null'] },
      }),
    }),
  ),
  timeline: list(
    object(
      {
        event: oneOf('signed_in', 'refreshed', 'refresh_failed'),
        provider: string,
        at: TIME,
        flow: string,
        error: string,
        detail: string,
        times: integer,
      },
      ['flow', 'error', 'detail', 'times'],
    ),
  ),
});

const Login = object(
  {
    flow: string,
    outcome: oneOf('finished', 'failed'),
    provider: string,
    at: TIME,
    sub: textOrNull,
    session: string,
    error: string,
    provider_error: string,
    detail: string,
  },
  ['sub', 'session', 'error', 'provider_error', 'detail'],
);

const provider = {
  id: string,
  display_name: string,
  preset: textOrNull,
  issuer: textOrNull,
  client_id: string,
  token_endpoint_auth_method: string,
  scope: string,
  redirect_uri: string,
  response_mode: textOrNull,
  authorization_endpoint: textOrNull,
  token_endpoint: textOrNull,
  userinfo_endpoint: textOrNull,
  revocation_endpoint: textOrNull,
  end_session_endpoint: textOrNull,
  registration: textOrNull,
  console_url: textOrNull,
  last_success: { anyOf: [object({ at: TIME, flow: string }), { type: 'null' }] },
  last_fault: { anyOf: [object({ at: TIME, flow: string, error: string }), { type: 'null' }] },
};

const Upstream = object({
  id: string,
  path: string,
  target: textOrNull,
  binding: textOrNull,
  kind: oneOf('api', 'app'),
  session: oneOf('required', 'optional'),
  provider: textOrNull,
  token: oneOf('required', 'optional', 'none'),
  scope: string,
  allow: { type: ['object', 'null'], additionalProperties: list(string) },
  methods: list(string),
  headers: list(string),
  assertion: { type: ['array', 'null'], items: string },
  websocket: boolean,
  timeout_seconds: integer,
});

/** What the API answers with. */
export const SCHEMAS = {
  ...CONNECTION_SCHEMAS,
  Session,
  Provider: object(provider),
  Sessions: object({ sessions: list(ListedSession), cursor: CURSOR }, ['cursor']),
  Logins: object({ logins: list(Login), cursor: CURSOR }, ['cursor']),
  Upstreams: object({ upstreams: list(ref('Upstream')) }),
  Upstream,
  Providers: object({ providers: list(ref('Provider')) }),
  ProviderDetails: object({
    ...provider,
    metadata: { type: 'object' },
    keys: list(object({ kid: textOrNull, alg: textOrNull, kty: textOrNull, use: textOrNull })),
    unreadable: { ...textOrNull, description: 'Why its metadata or keys can’t be read' },
  }),
  Revealed: object(
    {
      id: string,
      provider: string,
      access_token: string,
      refresh_token: string,
      id_token: string,
      claims: { type: 'object' },
    },
    ['refresh_token', 'id_token'],
  ),
  Revoked: object({ id: string, revoked: boolean }),
  RevokedUser: object({ provider: string, sub: string, sessions: integer, connections: integer }),
  Diagnosis: object({
    status: LEVEL,
    findings: list(
      object({ level: LEVEL, subject: string, check: string, message: string, hint: string }, ['hint']),
    ),
  }),
  Resealed: object({ sessions: integer, resealed: integer, cursor: CURSOR }, ['cursor']),
  Error: object(
    { error: string, error_description: string, hint: string, flow: string, provider_error: string },
    ['provider_error'],
  ),
} as const;
