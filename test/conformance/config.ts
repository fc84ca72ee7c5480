import { expect } from 'vitest';
import { BASIC } from './basic.ts';
import type { Module } from './module.ts';

const DISCOVERY = '/.well-known/openid-configuration';

/** `oidcc-client-config-certification-test-plan`, in its order. */
export const CONFIG: readonly Module[] = [
  {
    name: 'oidcc-client-test-discovery-openid-config',
    expects: 'Reads the provider’s metadata and uses the endpoints that it names.',
    arrange: (op) => {
      op.metadata = (right) => ({ ...right, authorization_endpoint: `${op.issuer}/elsewhere/authorize` });
    },
    check: ({ op, sentTo }) => {
      expect(op.paths[0]).toBe(DISCOVERY);
      expect(sentTo.pathname).toBe('/elsewhere/authorize');
    },
  },
  {
    name: 'oidcc-client-test-discovery-jwks-uri-keys',
    expects: 'Reads the keys at the `jwks_uri` of the metadata and checks the signature with them.',
    check: ({ op }) => expect(op.paths).toContain('/jwks'),
  },
  {
    name: 'oidcc-client-test-discovery-issuer-mismatch',
    expects: 'Refuses metadata that names another issuer, before any login.',
    refused: 'provider_unreachable',
    arrange: (op) => {
      op.metadata = (right) => ({ ...right, issuer: `${op.issuer}/another` });
    },
  },
  ...BASIC.filter(({ name }) => name === 'oidcc-client-test-idtoken-sig-none'),
  {
    name: 'oidcc-client-test-signing-key-rotation-just-before-signing',
    expects: 'Reads the keys again if the provider signs with a newer one.',
    warm: true,
    arrange: (op) => {
      op.answers['/token'] = async (seen) => {
        await op.rotateKeys('key-2');
        return op.token(seen);
      };
    },
    check: ({ op }) => expect(op.paths).toContain('/jwks'),
  },
  {
    name: 'oidcc-client-test-signing-key-rotation',
    expects: 'Signs in again after the provider has changed its keys.',
    warm: true,
    arrange: (op) => op.rotateKeys('key-2'),
    check: ({ op }) => expect(op.paths).toContain('/jwks'),
  },
];

/** `oidcc-client-test-3rd-party-init-login-test-plan`. */
export const THIRD_PARTY: readonly Module[] = [
  {
    name: 'oidcc-client-test-3rd-party-init-login',
    expects: 'Starts a login when it is sent an `iss`, and finishes it.',
    check: ({ op, sentTo }) => expect(sentTo.origin).toBe(op.issuer),
  },
];
