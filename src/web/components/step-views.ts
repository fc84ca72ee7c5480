import type { Step } from '../../oauth/steps.ts';
import { curlOf } from './curl.ts';
import type { StepView } from './steps.tsx';

/** The steps of a login as the page shows them. */
export function stepViews(steps: readonly Step[]): StepView[] {
  const isSpent = steps.some(({ request }) => request !== undefined && sendsCode(request));
  return steps.map((step) => ({
    title: step.title,
    at: new Date(step.at).toISOString(),
    ...(step.duration_ms !== undefined && { durationMs: step.duration_ms }),
    ...(step.note !== undefined && { note: step.note }),
    ...(step.request && {
      request: { ...step.request, headers: headerList(step.request.headers) },
      curl: curlOf(step.request),
      ...(isSpent && usesCode(step.request) && { curlNote: SPENT }),
    }),
    ...(step.response && { response: { ...step.response, headers: headerList(step.response.headers) } }),
  }));
}

const SPENT =
  'The code has been used, so the provider refuses it a second time. Sign in again for a new one.';

/** True for a request that carries an authorization code, which works once (RFC 6749 §4.1.2). */
function usesCode(request: NonNullable<Step['request']>): boolean {
  return /[?&]code=/.test(request.url) || sendsCode(request);
}

/** True for the token request, which spends the code; a callback that is refused leaves it unused. */
function sendsCode({ body = '' }: NonNullable<Step['request']>): boolean {
  return /(?:^|[&{"])code(?:=|":)/.test(body);
}

function headerList(headers: Readonly<Record<string, string>>) {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}
