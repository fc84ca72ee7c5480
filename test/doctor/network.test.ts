import { describe, expect, it } from 'vitest';
import { networkFailure } from '../../src/doctor/network.ts';

describe('an answer that does not come', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  it.each([
    [
      'a certificate of another name',
      Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      false,
    ],
    ['a closed port', refused, false],
    ['a host name that nobody knows', Object.assign(new Error('x'), { code: 'ENOTFOUND' }), true],
    ['no network at all', new Error('network unreachable'), true],
    ['silence', new DOMException('no answer within 10000 ms', 'TimeoutError'), true],
  ])('%s: is told, and whether this machine may be at fault', (_, cause, here) => {
    const failure = networkFailure(new TypeError('fetch failed', { cause }));
    expect(failure).toMatchObject({ here, reason: expect.any(String), hint: expect.any(String) });
  });
});
