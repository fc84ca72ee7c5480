const string = { type: 'string' };
const integer = { type: 'integer' };
const TIME = { type: 'integer', description: 'Seconds since the epoch' };
const TIME_OR_NULL = { ...TIME, type: ['integer', 'null'] };
const list = (items: object) => ({ type: 'array', items });
const object = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const OWNER = {
  anyOf: [object({ iss: string, sub: { type: ['string', 'null'] } }), { type: 'null' }],
  description: 'The user whose connection it is; null: the service itself',
};
const STATE = { type: 'string', enum: ['active', 'reauthorization_required'] };

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
    last_used_at: { ...TIME, description: 'To the hour' },
  },
  ['expires_at', 'last_used_at'],
);

const Connection = object(
  {
    id: string,
    owner: OWNER,
    provider: string,
    label: string,
    scope: string,
    state: STATE,
    since: { ...TIME, description: 'When it entered this state' },
    reason: string,
    created_at: TIME,
    expires_at: TIME,
    last_used_at: { ...TIME, description: 'To the hour' },
    keys: list(Key),
    history: list({ type: 'object' }),
    key: { ...string, description: 'A key that was just created in this browser; shown once' },
  },
  ['reason', 'expires_at', 'last_used_at', 'key'],
);

/** Responses of the admin routes about connections. */
export const CONNECTION_SCHEMAS = {
  Connection,
  Connections: object(
    {
      connections: list(
        object({
          id: string,
          owner: OWNER,
          provider: string,
          label: string,
          scope: string,
          state: STATE,
          since: TIME,
          reason: { type: ['string', 'null'] },
          keys: { ...integer, description: 'How many there are' },
          created_at: TIME,
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
  ResealedConnections: object({ connections: integer, resealed: integer, cursor: string }, ['cursor']),
  Ended: object({ ended: string }),
  AuthorizationUrl: object({
    authorization_url: {
      ...string,
      description: 'Where the browser that brings this answer’s cookie goes on',
    },
  }),
} as const;
