import type { Preset } from './preset.ts';
import { COMMERCE } from './presets/commerce.ts';
import { COMMUNITY } from './presets/community.ts';
import { DEVELOPER } from './presets/developer.ts';
import { IDENTITY } from './presets/identity.ts';
import { MEDIA } from './presets/media.ts';
import { OFFICE } from './presets/office.ts';
import { SOCIAL } from './presets/social.ts';
import { WORK } from './presets/work.ts';

/** Every provider that needs only a client id and secret: id -> facts. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ...SOCIAL,
  ...IDENTITY,
  ...DEVELOPER,
  ...WORK,
  ...OFFICE,
  ...COMMUNITY,
  ...MEDIA,
  ...COMMERCE,
};

/** The preset with that id. Undefined if there is none. */
export function presetOf(id: string): Preset | undefined {
  return Object.hasOwn(PRESETS, id) ? PRESETS[id] : undefined;
}

/** Other names of providers, and their presets. */
export const KNOWN_AS: Readonly<Record<string, string>> = {
  aad: 'microsoft',
  azure: 'microsoft',
  'azure-ad': 'microsoft',
  azuread: 'microsoft',
  entra: 'microsoft',
  'entra-id': 'microsoft',
  entraid: 'microsoft',
  'google-oauth2': 'google',
  'google-workspace': 'google',
  meta: 'facebook',
  office365: 'microsoft',
  outlook: 'microsoft',
  'aws-cognito': 'cognito',
  'amazon-cognito': 'cognito',
  pingone: 'ping',
  twitter: 'x',
  jira: 'atlassian',
};
