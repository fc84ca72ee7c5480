/** Which sign-in a link starts. */
export interface LoginUrlOptions {
  /** The id of the provider; by default the one that owns `/login`. */
  readonly provider?: string | undefined;
  /** Where the browser goes afterwards: a path of the app. */
  readonly return_to?: string | undefined;
  /** What access is asked for, space-separated; the provider's `scope` by default. */
  readonly scope?: string | undefined;
  /** How old the sign-in at the provider may be, in seconds. */
  readonly max_age?: number | undefined;
  /** Authentication context classes that will do, space-separated. */
  readonly acr_values?: string | undefined;
  /** True to add the provider to the session that is there, instead of starting another. */
  readonly connect?: boolean | undefined;
}

/** The path, with query, that starts a sign-in. What is malformed is left out; `/login` itself judges the rest. */
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
