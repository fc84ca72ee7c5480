/** Which sign-in a link starts. */
export interface LoginUrlOptions {
  /** The id of the provider, by default the one that uses `/login`. */
  readonly provider?: string | undefined;
  /** Where the browser goes afterwards: a path of the app. */
  readonly return_to?: string | undefined;
  /** The scopes to request, space-separated; by default the provider's `scope`. */
  readonly scope?: string | undefined;
  /** How old the sign-in at the provider may be, in seconds. */
  readonly max_age?: number | undefined;
  /** Acceptable authentication context classes, space-separated (OpenID Connect Core §3.1.2.1). */
  readonly acr_values?: string | undefined;
  /** True to add the account to the current session instead of starting a new one. */
  readonly connect?: boolean | undefined;
}

/** The path, with query, that starts a sign-in. Malformed options are left out; `/login` checks the rest. */
export function loginUrl(basePath: string, options: LoginUrlOptions = {}): string {
  const { provider, return_to, scope, max_age, acr_values, connect } = Object(options);
  const query = new URLSearchParams();
  if (typeof scope === 'string' && scope !== '') query.set('scope', scope);
  if (Number.isSafeInteger(max_age) && max_age >= 0) query.set('max_age', String(max_age));
  if (typeof acr_values === 'string') query.set('acr_values', acr_values);
  if (connect === true) query.set('connect', '1');
  if (typeof return_to === 'string') query.set('return_to', return_to);
  const place = typeof provider === 'string' ? `/login/${encodeURIComponent(provider)}` : '/login';
  return `${basePath}${place}${query.size > 0 ? `?${query}` : ''}`;
}
