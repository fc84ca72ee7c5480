import { redact } from '../../redaction.ts';
import type { Listed } from '../directory.ts';
import type { FailedLogin, Login, LoginHistory } from '../login-history.ts';
import { everyCopy } from './kv-listing.ts';

const PREFIX = 'login:';
const KEPT_SECONDS = 7 * 86_400;
/** In 1,024 bytes of metadata, whatever the alphabet. */
const DETAIL_LENGTH = 200;
const KV_PAGE = 1000;
const MAX_PAGES = 10;

/**
 * Recent logins, in KV. A finished login is known from the copy of its session, whose readable part names its flow, so
 * it costs nothing more. A failed login leaves no session, so it gets its own entry in KV, deleted after a week. A
 * single object with a list of all logins would have to be called for every login, and become a bottleneck.
 */
export class KvLogins implements LoginHistory {
  readonly #tokens: KVNamespace;

  constructor(tokens: KVNamespace) {
    this.#tokens = tokens;
  }

  async keepFailed(flow: string, { provider_error, detail, ...facts }: FailedLogin): Promise<void> {
    const metadata = {
      ...facts,
      ...(provider_error !== undefined && { provider_error: redact(provider_error).slice(0, 80) }),
      ...(detail !== undefined && { detail: redact(detail).slice(0, DETAIL_LENGTH) }),
    };
    await this.#tokens.put(PREFIX + flow, '', { expirationTtl: KEPT_SECONDS, metadata });
  }

  async find(flow: string): Promise<Login | undefined> {
    const { metadata } = await this.#tokens.getWithMetadata<FailedLogin>(PREFIX + flow);
    if (metadata) return { flow, outcome: 'failed', ...metadata };
    for await (const session of everyCopy(this.#tokens)) {
      const login = finishedLogins(session).find((candidate) => candidate.flow === flow);
      if (login) return login;
    }
    return undefined;
  }

  async recent(): Promise<Login[]> {
    const [failed, finished] = await Promise.all([this.#failed(), this.#finished()]);
    return [...failed, ...finished].sort((a, b) => b.at - a.at);
  }

  async #failed(): Promise<Login[]> {
    const logins: Login[] = [];
    let cursor: string | undefined = '';
    for (let pages = 0; cursor !== undefined && pages < MAX_PAGES; pages++) {
      const page: KVNamespaceListResult<FailedLogin> = await this.#tokens.list({
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

  async #finished(): Promise<Login[]> {
    const logins: Login[] = [];
    for await (const session of everyCopy(this.#tokens)) logins.push(...finishedLogins(session));
    return logins;
  }
}

/** A session has as many logins behind it as it has grants; those of an earlier version have no flow. */
function finishedLogins({ id, sub, grants = [] }: Listed): Login[] {
  return grants.flatMap(({ flow, provider, issued_at }) =>
    typeof flow === 'string'
      ? [{ flow, outcome: 'finished' as const, provider, at: issued_at, sub: sub ?? null, session: id }]
      : [],
  );
}
