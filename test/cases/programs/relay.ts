import { expect } from 'vitest';
import type { Row } from '../case.ts';
import { nothingForwarded, otherSecret, refusedProgram, relayed } from './program.ts';

const NO_KEY = refusedProgram(401, 'invalid_token');
const DENIED = refusedProgram(403, 'not_allowed');
const ODD = refusedProgram(400, 'invalid_request');

/** A key that is sent by another way than `Authorization`. */
const without = (right: RequestInit): RequestInit => ({ ...right, headers: {} });

/** What goes through the relay, and what does not. */
// biome-ignore format: one line per case
export const RELAY: readonly Row[] = [
  ['relay-without-a-key', 'RFC 6750 §3.1', relayed('/relay/api/x', without), NO_KEY, (scene, response) => {
    nothingForwarded(scene);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  }],
  ['relay-wrong-key', 'RFC 6750 §3.1', relayed('/relay/api/x', (right, key) => ({ ...right, headers: { authorization: `Bearer ${otherSecret(key)}` } })), NO_KEY, (scene, response) => {
    nothingForwarded(scene);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  }],
  ['relay-another-scheme', 'RFC 6750 §2.1', relayed('/relay/api/x', (right, key) => ({ ...right, headers: { authorization: `Basic ${key}` } })), NO_KEY, nothingForwarded],
  ['relay-key-in-a-cookie', 'RFC 6750 §2', relayed('/relay/api/x', (right, key) => ({ ...right, headers: { cookie: `access_token=${key}` } })), NO_KEY, nothingForwarded],
  ['relay-key-in-the-query', 'RFC 6750 §2.3', relayed('/relay/api/x?access_token=dbk_x', without), NO_KEY, nothingForwarded],
  ['relay-another-upstream', 'CWE-862', relayed('/relay/other/x', undefined, { form: { upstreams: 'api' } }), DENIED, nothingForwarded],
  ['relay-another-provider', 'CWE-862', relayed('/relay/two/x'), DENIED, nothingForwarded],
  ['relay-another-method', 'CWE-862', relayed('/relay/api/x', undefined, { form: { methods: 'POST' } }), DENIED, nothingForwarded],
  ['relay-another-path', 'CWE-862', relayed('/relay/api/repos/acmes', undefined, { form: { paths: '/repos/acme' } }), DENIED, nothingForwarded],
  ['relay-a-path-in-disguise', 'CWE-22', relayed('/relay/api/repos/acme/..%2fother', undefined, { form: { paths: '/repos/acme' } }), ODD, nothingForwarded],
  ['relay-an-absolute-url', 'CWE-918', relayed('/relay/api//evil.example/x'), ODD, nothingForwarded],
  ['relay-no-such-upstream', 'CWE-20', relayed('/relay/none/x'), refusedProgram(404, 'not_found'), nothingForwarded],
  ['relay-a-prototype', 'CWE-1321', relayed('/relay/constructor/x'), refusedProgram(404, 'not_found'), nothingForwarded],
];
