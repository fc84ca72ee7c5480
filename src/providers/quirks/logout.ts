import type { Provider } from '../provider.ts';

/**
 * `post_logout_redirect_uri_parameter`, `logout_params`: where the provider sends the browser after its logout. Amazon
 * Cognito calls it `logout_uri`.
 */
export function logoutParameters(
  { post_logout_redirect_uri_parameter: name = 'post_logout_redirect_uri', logout_params: own }: Provider,
  returnTo: string,
): Record<string, string> {
  return { ...own, [name]: returnTo };
}
