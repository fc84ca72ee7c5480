import {
  type ApiPart,
  answersPage,
  CURSOR_PARAMETER,
  formOperation,
  inPath,
  inQuery,
  integer,
  list,
  object,
  operation,
  string,
  TIME,
  TIME_OR_NULL,
  textOrNull,
} from './describe.ts';

const CONNECTION = inPath('id', 'The id of the connection');
const KEY = inPath('key', 'The id of the key');
const KEY_FIELDS = {
  raw_tokens: '`true`: the key may be exchanged for the access token',
  upstreams: 'Upstreams that the key may reach through the relay; can be repeated',
  methods: 'Methods that it may use',
  paths: 'Paths below an upstream that it may use',
  key_days: 'When the key ends',
};

const OWNER = {
  anyOf: [object({ iss: string, sub: { type: ['string', 'null'] } }), { type: 'null' }],
  description: 'The owner; null if the connection belongs to the service itself',
};
const STATE = { type: 'string', enum: ['active', 'reauthorization_required'] };

/** What the list and the connection itself both say. */
const COMMON = {
  id: string,
  owner: OWNER,
  provider: string,
  label: string,
  scope: string,
  state: STATE,
  since: { ...TIME, description: 'When it entered this state, in seconds since the epoch' },
  created_at: TIME,
};

const Key = object(
  {
    id: string,
    label: string,
    policy: object(
      {
        upstreams: list(string),
        methods: list(string),
        paths: list(string),
        raw_tokens: { type: 'boolean' },
      },
      ['upstreams', 'methods', 'paths'],
    ),
    created_at: TIME,
    expires_at: TIME,
    last_used_at: { ...TIME, description: 'Seconds since the epoch, rounded down to the hour' },
  },
  ['expires_at', 'last_used_at'],
);

const Connection = object(
  {
    ...COMMON,
    reason: string,
    expires_at: TIME,
    last_used_at: { ...TIME, description: 'Seconds since the epoch, rounded down to the hour' },
    keys: list(Key),
    history: list({ type: 'object' }),
    key: { ...string, description: 'A key that was just created in this browser; shown once' },
  },
  ['reason', 'expires_at', 'last_used_at', 'key'],
);

/** `/admin/connections`. */
export const CONNECTIONS_API: ApiPart = {
  paths: {
    '/connections': {
      get: operation('Connections, of every user and of the service itself', 'Connections', [
        CURSOR_PARAMETER,
      ]),
      post: formOperation('Starts the consent for a new connection of the service', 'AuthorizationUrl', {
        provider: 'The id of a provider',
        label: 'Its name',
        scope: 'The scope to request; by default the same as signing in',
        expires_in_days: 'When the connection ends',
        ...KEY_FIELDS,
      }),
    },
    '/connections/reseal': {
      post: operation('Re-encrypts 50 connections with the first secret', 'ResealedConnections', [
        CURSOR_PARAMETER,
      ]),
    },
    '/connections/new': { get: answersPage('Only the form, filled in from the query') },
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
  },
  schemas: {
    Connection,
    Connections: object(
      {
        connections: list(
          object({
            ...COMMON,
            reason: textOrNull,
            keys: { ...integer, description: 'How many there are' },
            expires_at: TIME_OR_NULL,
            last_used_at: TIME_OR_NULL,
          }),
        ),
        cursor: { type: 'string', description: 'Where the next page begins; missing on the last one' },
      },
      ['cursor'],
    ),
    NewKey: object({
      key: { ...string, description: 'The key; shown once' },
      id: string,
      connection: Connection,
    }),
    ResealedConnections: object(
      { connections: integer, resealed: integer, unreadable: integer, cursor: string },
      ['cursor'],
    ),
    Ended: object({ ended: string }),
    AuthorizationUrl: object({
      authorization_url: {
        ...string,
        description: 'Where to send the browser that has received this response’s cookie',
      },
    }),
  },
};
