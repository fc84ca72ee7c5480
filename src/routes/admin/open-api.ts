const SESSION_ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
const query = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});
const OK = { '200': { description: 'OK' } };
const ANSWERS = {
  ...OK,
  '401': { description: 'The token is missing or wrong' },
  '404': { description: 'No such session, or no `ADMIN_TOKEN` is set' },
  '429': { description: 'Too many wrong tokens' },
};
const operation = (summary: string, parameters: readonly object[] = []) => ({
  summary,
  parameters,
  responses: ANSWERS,
});
const PROVIDER = query('provider', 'The provider of the grant; the one of the login if left out');

/** The operator's API as an OpenAPI 3.1 document. */
export function openApi(origin: string) {
  return {
    openapi: '3.1.0',
    info: { title: 'Drawbridge: the operator’s API', version: '1' },
    servers: [{ url: `${origin}/admin` }],
    components: { securitySchemes: { operator: { type: 'http', scheme: 'bearer' } } },
    security: [{ operator: [] }],
    paths: {
      '/sessions': {
        get: operation('What is stored, a page at a time', [
          query('provider', 'Only sessions with a grant of this provider'),
          query('sub', 'Only sessions of this subject'),
          query('cursor', 'Where the page begins, from the answer before'),
          query('limit', 'How many, 50 unless told, 1000 at most'),
        ]),
      },
      '/sessions/{id}': { get: operation('One session, without a token', [SESSION_ID]) },
      '/sessions/{id}/reveal': { post: operation('The tokens of a grant; logged', [SESSION_ID, PROVIDER]) },
      '/sessions/{id}/refresh': { post: operation('Refreshes a grant now', [SESSION_ID, PROVIDER]) },
      '/sessions/{id}/revoke': { post: operation('Ends a session and revokes its tokens', [SESSION_ID]) },
      '/sessions/revoke': {
        post: operation('Ends every session of a user', [
          query('provider', 'Where the user signs in'),
          query('sub', 'Who it is there'),
        ]),
      },
      '/reseal': {
        post: operation('Seals a page of records with the first secret', [query('cursor', 'Where to go on')]),
      },
      '/providers': { get: operation('The providers as resolved, without a secret') },
      '/doctor': { get: operation('Settings, bindings, storage and every provider, tried from the Worker') },
    },
  };
}
