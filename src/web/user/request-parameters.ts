import { OWN_PARAMETERS } from '../../oauth/authorization-request.ts';
import type { Provider } from '../../providers/provider.ts';
import type { RequestParameter } from './request-form.tsx';

const HELP: Readonly<Record<string, string>> = {
  response_type: 'What the provider sends back: a code, which the server exchanges for tokens.',
  client_id: 'The name of this application at the provider.',
  client_key: 'The name of this application at the provider.',
  redirect_uri: 'Where the provider sends the browser back to.',
  scope: 'The access to request, separated by spaces.',
  state: 'Ties the response to this browser; new for every login.',
  nonce: 'Ties the ID token to this login; new for every login.',
  code_challenge: 'PKCE: the hash of a secret that only this server knows.',
  code_challenge_method: 'PKCE: the hash algorithm.',
  response_mode: 'How the response is sent back.',
  prompt: 'Whether the provider asks for a sign-in or consent again.',
  login_hint: 'Who is about to sign in, if known.',
  max_age: 'How old the sign-in at the provider may be, in seconds.',
};

const EDITABLE: readonly { name: string; options?: string[]; placeholder?: string }[] = [
  { name: 'prompt', options: ['', 'none', 'login', 'consent', 'select_account'] },
  { name: 'login_hint', placeholder: 'ada@example.com' },
  { name: 'max_age', placeholder: '3600' },
];

/** Parameters that have a field of their own in the form. */
export const EDITABLE_NAMES: readonly string[] = ['scope', ...EDITABLE.map(({ name }) => name)];

/** The rows of the request form: every parameter that will be sent, and those that may be added. */
export function requestParameters(provider: Provider, sent: URLSearchParams): RequestParameter[] {
  const fixed: RequestParameter[] = [];
  const extra: string[] = [];
  for (const [name, value] of sent) {
    if (name === 'scope' || EDITABLE.some((row) => row.name === name)) continue;
    if (!OWN_PARAMETERS.has(name) && name !== provider.client_id_parameter) extra.push(`${name}=${value}`);
    else
      fixed.push({ name, value, help: HELP[name] ?? '', editable: false, ...registerNote(provider, name) });
  }
  const scope: RequestParameter = {
    name: 'scope',
    value: provider.scope,
    help: HELP.scope ?? '',
    editable: true,
  };
  const afterRedirect = fixed.findIndex(({ name }) => name === 'redirect_uri') + 1;
  return [
    ...fixed.slice(0, afterRedirect),
    scope,
    ...fixed.slice(afterRedirect),
    ...EDITABLE.map((row) => ({
      ...row,
      value: sent.get(row.name) ?? '',
      help: HELP[row.name] ?? '',
      editable: true,
    })),
    {
      name: 'authorization_params',
      value: extra.join('\n'),
      help: 'More parameters, one `name=value` per line.',
      editable: true,
      multiline: true,
    },
  ];
}

function registerNote(provider: Provider, name: string): Partial<RequestParameter> {
  if (name !== 'redirect_uri') return {};
  const where = provider.registration;
  return { copy: true, note: `Register this at the provider${where === undefined ? '.' : `: ${where}`}` };
}
