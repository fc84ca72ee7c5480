import { expect } from 'vitest';

/** Answers that hold nothing of a user. */
const CACHEABLE = /^\/(?:healthz|jwks|assets\/[\w.]+)$/;

const POLICY = [
  "default-src 'none'",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

const HEADERS: Readonly<Record<string, string>> = {
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};
const DATA_HEADERS = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" };
const PAGE_HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** The answer to a request of `path` over https has every header that defends a browser and what it holds. */
export function expectDefended(response: Response, path: string): void {
  const { headers } = response;
  const isData = isRedirect(response) || headers.get('content-type')?.startsWith('application/json');
  expectHeaders(headers, HEADERS);
  expectHeaders(headers, isData ? DATA_HEADERS : PAGE_HEADERS);
  if (!isData) expectPagePolicy(headers);
  if (!response.ok || !CACHEABLE.test(path)) expect(headers.get('cache-control')).toBe('no-store');
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin'])
    expect(headers.has(name)).toBe(false);
  for (const cookie of headers.getSetCookie()) expectDefendedCookie(cookie);
}

function isRedirect({ status }: Response): boolean {
  return status === 204 || (status >= 300 && status < 400);
}

function expectHeaders(headers: Headers, expected: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(expected))
    expect([name, headers.get(name)]).toEqual([name, value]);
}

function expectPagePolicy(headers: Headers): void {
  const directives = (headers.get('content-security-policy') ?? '').split('; ');
  for (const directive of POLICY) expect(directives).toContain(directive);
  const form = directives.filter((directive) => !POLICY.includes(directive));
  // Where forms lead is the one thing that differs: here, and to a provider by redirect.
  expect(form.join('; ')).toMatch(/^form-action 'self'(?: https:| http:\/\/localhost:\d+)*$/);
  for (const feature of ['camera', 'geolocation', 'microphone', 'payment', 'usb']) {
    expect(headers.get('permissions-policy')).toContain(`${feature}=()`);
  }
}

/** The attributes of INTERFACE: host-only, secure, for HTTP alone, and small enough for every browser. */
function expectDefendedCookie(line: string): void {
  expect(line).toMatch(
    /^__Host-Http-(?:session|admin|logout-next|logout|login-[\w-]{1,16})(?:\.[1-4])?=[\w.-]*; /,
  );
  const [, ...attributes] = line.split('; ');
  for (const attribute of ['Path=/', 'HttpOnly', 'Secure']) expect(attributes).toContain(attribute);
  expect(attributes.some((attribute) => /^SameSite=(?:Lax|None)$/.test(attribute))).toBe(true);
  expect(attributes.some((attribute) => attribute.startsWith('Domain'))).toBe(false);
  expect(line.length).toBeLessThanOrEqual(4096);
}
