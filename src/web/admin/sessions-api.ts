import {
  type ApiPart,
  boolean,
  CURSOR,
  CURSOR_PARAMETER,
  inPath,
  inQuery,
  integer,
  LIMIT_PARAMETER,
  list,
  object,
  oneOf,
  operation,
  string,
  TIME,
  TIME_OR_NULL,
  textOrNull,
} from './describe.ts';

const ID = inPath('id', 'The id of the session, or a unique prefix of it');
const GRANT = inQuery('provider', 'The provider of the grant; by default the one the user signed in with');

const ListedSession = object(
  {
    id: string,
    provider: string,
    iss: { ...string, description: 'With `sub`, identifies the user; shortened if long' },
    sub: { ...textOrNull, description: 'Shortened if long, hashed if it is an e-mail address' },
    created_at: TIME,
    expires_at: {
      ...TIME,
      description: 'When it ends at the latest, even while in use; in seconds since the epoch',
    },
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
  bytes: { ...integer, description: 'Size of the encrypted record' },
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

/** `/admin/sessions` and what an operator does there. */
export const SESSIONS_API: ApiPart = {
  paths: {
    '/sessions': {
      get: operation('The stored sessions, one page at a time', 'Sessions', [
        inQuery('provider', 'Only sessions with a grant of this provider'),
        inQuery('sub', 'Only sessions of this subject'),
        inQuery('expiring', 'Only sessions that end within this many hours, even while in use'),
        inQuery('failed', '`1`: only sessions with a grant whose last refresh failed'),
        CURSOR_PARAMETER,
        LIMIT_PARAMETER,
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
    '/reseal': {
      post: operation('Re-encrypts 50 records with the first secret', 'Resealed', [CURSOR_PARAMETER]),
    },
  },
  schemas: {
    Session,
    Sessions: object({ sessions: list(ListedSession), cursor: CURSOR }, ['cursor']),
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
    Resealed: object({ sessions: integer, resealed: integer, unreadable: integer, cursor: CURSOR }, [
      'cursor',
    ]),
  },
};
