import { type ApiPart, answersPage, forBrowsers, object, string } from './describe.ts';

const DESK_API: ApiPart = {
  paths: {
    '/': {
      get: { summary: 'Redirects to the sessions', responses: { '302': { description: 'To the sessions' } } },
    },
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
    '/device': {
      get: answersPage('The form for a user code'),
      post: answersPage('Shows the request behind a user code, or decides it'),
    },
  },
  schemas: {
    Error: object(
      { error: string, error_description: string, hint: string, flow: string, provider_error: string },
      ['provider_error'],
    ),
  },
};

/** The admin API as an OpenAPI 3.1 document. */
export function openApi(base: string, parts: readonly ApiPart[]) {
  const all = [DESK_API, ...parts];
  return {
    openapi: '3.1.0',
    info: { title: 'Drawbridge admin API', version: '1' },
    servers: [{ url: base }],
    components: {
      schemas: Object.fromEntries(all.flatMap(({ schemas }) => Object.entries(schemas))),
      securitySchemes: { operator: { type: 'http', scheme: 'bearer', description: '`ADMIN_TOKEN`' } },
    },
    security: [{ operator: [] }],
    paths: Object.fromEntries(all.flatMap(({ paths }) => Object.entries(paths))),
  };
}
