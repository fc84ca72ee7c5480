import { BASIC } from './basic.ts';
import { CONFIG, THIRD_PARTY } from './config.ts';
import { FAPI2 } from './fapi2.ts';
import { MESSAGE_SIGNING } from './message-signing.ts';
import type { Plan } from './module.ts';

const OPENID = { scope: 'openid profile' };
const PROFILE = { ...OPENID, profile: 'fapi2' };

/** The test plans, named as the suite names them. */
export const PLANS: readonly Plan[] = [
  { title: 'Basic', name: 'oidcc-client-basic-certification-test-plan', entry: OPENID, modules: BASIC },
  { title: 'Config', name: 'oidcc-client-config-certification-test-plan', entry: OPENID, modules: CONFIG },
  {
    title: 'Form Post',
    name: 'oidcc-client-formpost-basic-certification-test-plan',
    entry: { ...OPENID, response_mode: 'form_post' },
    modules: BASIC,
  },
  {
    title: '3rd party initiated login',
    name: 'oidcc-client-test-3rd-party-init-login-test-plan',
    entry: OPENID,
    start: (op) => `/login?${new URLSearchParams({ iss: op.issuer })}`,
    modules: THIRD_PARTY,
  },
  {
    title: 'FAPI 2.0 Security Profile Final client',
    name: 'fapi2-security-profile-final-client-test-plan',
    entry: PROFILE,
    modules: FAPI2,
  },
  {
    title: 'FAPI 2.0 Message Signing Final client',
    name: 'fapi2-message-signing-final-client-test-plan',
    entry: { ...PROFILE, request_object_signing_alg: 'ES256', response_mode: 'jwt' },
    modules: MESSAGE_SIGNING,
  },
];
