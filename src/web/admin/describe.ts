/** One part of the admin API: its operations by path, and the schemas that they name. */
export interface ApiPart {
  readonly paths: Readonly<Record<string, object>>;
  readonly schemas: Readonly<Record<string, object>>;
}

export const string = { type: 'string' };
export const integer = { type: 'integer' };
export const boolean = { type: 'boolean' };
export const textOrNull = { type: ['string', 'null'] };
export const TIME = { type: 'integer', description: 'Seconds since the epoch' };
export const TIME_OR_NULL = { ...TIME, type: ['integer', 'null'] };

/** An object with these members and no others; those named in `optional` may be missing. */
export const object = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
export const list = (items: object) => ({ type: 'array', items });
export const oneOf = (...values: string[]) => ({ type: 'string', enum: values });
export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
export const CURSOR = { type: 'string', description: 'Where the next page begins; missing on the last one' };

export const inQuery = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});
export const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
export const CURSOR_PARAMETER = inQuery('cursor', 'The `cursor` of the previous response');
export const LIMIT_PARAMETER = inQuery('limit', 'How many: 50 by default, 1000 at most');

/** A schema by its name, as the content of a response. */
const json = (schema: string) => ({ 'application/json': { schema: ref(schema) } });
export const refusal = (description: string) => ({ description, content: json('Error') });
const REFUSALS = {
  '400': refusal('A parameter is malformed, or the prefix of an id matches more than one session'),
  '401': refusal('The token is missing or wrong'),
  '404': refusal(
    'No such session, grant or provider; or neither `ADMIN_TOKEN` nor Cloudflare Access is set up',
  ),
  '429': refusal('Too many wrong tokens'),
};

/** One operation that answers with JSON. */
export const operation = (summary: string, answer: string, parameters: readonly object[] = []) => ({
  summary,
  parameters,
  responses: { '200': { description: 'OK', content: json(answer) }, ...REFUSALS },
});

/** One operation that only the pages use: it answers with a redirect. */
export const forBrowsers = (summary: string, more: object = {}) => ({
  summary,
  ...more,
  responses: {
    '303': { description: 'To the admin pages' },
    '403': refusal('The request came from another site'),
  },
});

/** One operation that takes a form and answers with JSON. */
export const formOperation = (
  summary: string,
  answer: string,
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
export const answersPage = (summary: string) => ({
  summary,
  responses: { '200': { description: 'A page' }, ...REFUSALS },
});
