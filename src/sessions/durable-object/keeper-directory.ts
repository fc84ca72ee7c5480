import { sha256Hex } from '../../crypto/hash.ts';
import { type ResealCounts, resealCounts } from '../../objects/resealing.ts';
import type { ServerBindings } from '../../settings/platform-bindings.ts';
import type { Settings } from '../../settings/settings.ts';
import {
  type Inspected,
  type Listed,
  matchOf,
  type NewestSessions,
  type Outcome,
  type OwnSession,
  type OwnSessions,
  type Page,
  type Search,
  type SessionDirectory,
  type StorageProbe,
  type User,
} from '../directory.ts';
import type { LoginHistory } from '../login-history.ts';
import { type Ending, identitiesOf, isMatch, type Session, type SessionMatch } from '../session.ts';
import { oldPrefix, sidPrefix, userPrefix } from './kv-copy.ts';
import {
  everyCopy,
  idsBeginningWith,
  idsUnder,
  listSessions,
  newestSessions,
  someIdsUnder,
} from './kv-listing.ts';
import { KvLogins } from './kv-logins.ts';
import { storageProbes } from './probes.ts';
import type { SessionObject } from './session-object.ts';

const ID = /^[0-9a-f]{64}$/;
/** Each session that is shown costs a call of its object. */
const MOST_SHOWN = 50;
/** KV lists lag by up to a minute. In milliseconds. */
const SWEEP_AFTER_MS = 90_000;

/** Sessions on the server that no cookie of the request names: found by the index in KV, judged by their objects. */
export class KeeperDirectory implements SessionDirectory {
  readonly #settings: Pick<Settings, 'providers'>;
  readonly #server: ServerBindings;

  constructor(settings: Pick<Settings, 'providers'>, server: ServerBindings) {
    this.#settings = settings;
    this.#server = server;
  }

  list(search: Search): Promise<Page> {
    return listSessions(this.#server.tokens, search, this.#providerIds);
  }

  newest(search: Search, offset: number): Promise<NewestSessions> {
    return newestSessions(this.#server.tokens, search, { offset, providers: this.#providerIds });
  }

  all(): AsyncGenerator<Listed> {
    return everyCopy(this.#server.tokens);
  }

  idsBeginningWith(start: string): Promise<readonly string[]> {
    return idsBeginningWith(this.#server.tokens, start);
  }

  inspect(id: string): Promise<Inspected | undefined> {
    return this.#object(id).inspect();
  }

  refresh(id: string, provider: string): Promise<Outcome> {
    return this.#object(id).refresh(provider, { force: true, seen: undefined });
  }

  end(id: string, ending: Ending): Promise<Session | undefined> {
    return this.#object(id).end(ending);
  }

  async reseal(cursor: string | undefined, limit: number): Promise<{ page: Page } & ResealCounts> {
    const page = await this.list({ cursor, limit });
    const results = await Promise.all(page.sessions.map(({ id }) => this.#object(id).reseal()));
    return { page, ...resealCounts(results) };
  }

  async sessionsOf(user: User): Promise<OwnSessions> {
    const match = matchOf(user);
    const { ids, more } = await someIdsUnder(this.#server.tokens, await this.#prefixesOf(match), MOST_SHOWN);
    const found = await Promise.all(
      ids.map(async (id): Promise<OwnSession[]> => {
        const inspected = await this.inspect(id);
        return inspected && isMatch(inspected.session, match) ? [{ id, session: inspected.session }] : [];
      }),
    );
    const sessions = found.flat().sort((a, b) => b.session.created_at - a.session.created_at);
    return { sessions, more };
  }

  async endSessionOf(user: User, id: string, ending: Ending): Promise<Session | undefined> {
    if (!ID.test(id)) return undefined;
    return this.#object(id).endIf(matchOf(user), ending);
  }

  async endMatching(
    match: SessionMatch,
    ending: Ending,
    { sweep = true }: { sweep?: boolean } = {},
  ): Promise<number> {
    const before = Date.now();
    const at = before + SWEEP_AFTER_MS;
    // protects: the second look
    const sweeper = sweep ? this.#object(`sweep:${crypto.randomUUID()}`) : undefined;
    const [ended] = await Promise.all([
      this.endFound(match, ending, before),
      sweeper?.sweepLater({ match, ending, before, at }),
    ]);
    return ended;
  }

  /** Ends those that KV knows of, and returns how many there were. Those that began after `before` (ms) are spared. */
  async endFound(match: SessionMatch, ending: Ending, before: number): Promise<number> {
    const ids = await idsUnder(this.#server.tokens, await this.#prefixesOf(match));
    const ended = await Promise.all(ids.map((id) => this.#object(id).endIf(match, ending, before)));
    return ended.filter((session) => session !== undefined).length;
  }

  async issuersOf(provider: string, sub: string): Promise<readonly string[]> {
    const match = { provider, sub };
    const { ids } = await someIdsUnder(this.#server.tokens, await this.#prefixesOf(match), MOST_SHOWN);
    const found = await Promise.all(
      ids.map(async (id) => {
        const inspected = await this.inspect(id);
        return inspected ? identitiesOf(inspected.session) : [];
      }),
    );
    const issuers = found
      .flat()
      .flatMap((known) => (known.provider === provider && known.sub === sub ? (known.iss ?? []) : []));
    return [...new Set(issuers)];
  }

  async takeOnce(name: string, until: number): Promise<boolean> {
    return (await this.#message(name)).takeOnce(until);
  }

  async isTaken(name: string): Promise<boolean> {
    return (await this.#message(name)).isTaken();
  }

  async giveBack(name: string): Promise<void> {
    await (await this.#message(name)).giveBack();
  }

  get logins(): LoginHistory {
    return new KvLogins(this.#server.tokens);
  }

  get probes(): readonly StorageProbe[] {
    return storageProbes(this.#server);
  }

  get #providerIds(): readonly string[] {
    return [...this.#settings.providers.keys()];
  }

  /** A message has an object of its own, which forgets it when its time is over. */
  async #message(name: string): Promise<SessionObject> {
    return this.#object(`message:${await sha256Hex(name)}`);
  }

  #object(name: string): SessionObject {
    return this.#server.keepers.getByName(name);
  }

  /** What the keys of every session begin with that may match; those of version 0.1 go by the provider. */
  async #prefixesOf({ iss, provider, sub, sid }: SessionMatch): Promise<string[]> {
    const providers = provider === undefined ? this.#providerIds : [provider];
    const old = (index: 'sid' | 'subject', name: string) => providers.map((id) => oldPrefix(index, id, name));
    return Promise.all([
      ...(sid === undefined ? [] : [sidPrefix(iss, sid), ...old('sid', sid)]),
      ...(sub === undefined ? [] : [userPrefix(iss, sub), ...old('subject', sub)]),
    ]);
  }
}
