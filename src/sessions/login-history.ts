import type { ErrorCode } from '../errors.ts';
import { redact } from '../redaction.ts';
import type { ServerBindings } from '../settings/settings.ts';
import type { Listed } from './directory.ts';
import { everyCopy } from './durable-object/kv-listing.ts';

/**
 * Recent logins, for the operator. A finished login is known from the copy of its session, whose readable part names
 * its flow, so it costs nothing more. A failed login leaves no session, so it gets its own entry in KV, deleted after a
 * week. A single object with a list of all logins would have to be called for every login, and become a bottleneck.
 */
const PREFIX = 'login:';
const KEPT_SECONDS = 7 * 86_400;
/** In 1,024 bytes of metadata, whatever the alphabet. */
const DETAIL_LENGTH = 200;
const KV_PAGE = 1000;
const MAX_PAGES = 10;

/** Times are seconds since the epoch. */
interface Failure {
  readonly provider: string;
  readonly at: number;
  readonly error: ErrorCode;
  /** The code that the provider gave, redacted. */
  readonly provider_error?: string | undefined;
  /** The provider's words, or what exactly was wrong; redacted. */
  readonly detail?: string | undefined;
}

export type Login =
  | ({ readonly flow: string; readonly outcome: 'failed' } & Failure)
  | {
      readonly flow: string;
      readonly outcome: 'finished';
      readonly provider: string;
      readonly at: number;
      readonly sub: string | null;
      /** The id of the session that it led to. */
      readonly session: string;
    };

/** Keeps a failed login for a week, without a secret, and with no word of who it was. */
export async function keepFailedLogin(tokens: KVNamespace, flow: string, failure: Failure): Promise<void> {
  const { provider_error, detail, ...facts } = failure;
  const metadata = {
    ...facts,
    ...(provider_error !== undefined && { provider_error: redact(provider_error).slice(0, 80) }),
    ...(detail !== undefined && { detail: redact(detail).slice(0, DETAIL_LENGTH) }),
  };
  await tokens.put(PREFIX + flow, '', { expirationTtl: KEPT_SECONDS, metadata });
}

/** The login of that flow id, if it has finished and its session lives, or has failed within a week. */
export async function findLogin({ tokens }: ServerBindings, flow: string): Promise<Login | undefined> {
  const { metadata } = await tokens.getWithMetadata<Failure>(PREFIX + flow);
  if (metadata) return { flow, outcome: 'failed', ...metadata };
  for await (const session of everyCopy(tokens)) {
    const login = finishedLogins(session).find((candidate) => candidate.flow === flow);
    if (login) return login;
  }
  return undefined;
}

/** All logins that are known, the latest first. */
export async function recentLogins({ tokens }: ServerBindings): Promise<Login[]> {
  const [failed, finished] = await Promise.all([failedLogins(tokens), allFinished(tokens)]);
  return [...failed, ...finished].sort((a, b) => b.at - a.at);
}

async function failedLogins(tokens: KVNamespace): Promise<Login[]> {
  const logins: Login[] = [];
  let cursor: string | undefined = '';
  for (let pages = 0; cursor !== undefined && pages < MAX_PAGES; pages++) {
    const page: KVNamespaceListResult<Failure> = await tokens.list({
      prefix: PREFIX,
      limit: KV_PAGE,
      ...(cursor && { cursor }),
    });
    for (const { name, metadata } of page.keys) {
      if (metadata) logins.push({ flow: name.slice(PREFIX.length), outcome: 'failed', ...metadata });
    }
    cursor = page.list_complete ? undefined : page.cursor;
  }
  return logins;
}

async function allFinished(tokens: KVNamespace): Promise<Login[]> {
  const logins: Login[] = [];
  for await (const session of everyCopy(tokens)) logins.push(...finishedLogins(session));
  return logins;
}

/** A session has as many logins behind it as it has grants; those of an earlier version have no flow. */
function finishedLogins({ id, sub, grants = [] }: Listed): Login[] {
  return grants.flatMap(({ flow, provider, issued_at }) =>
    typeof flow === 'string'
      ? [{ flow, outcome: 'finished' as const, provider, at: issued_at, sub: sub ?? null, session: id }]
      : [],
  );
}
