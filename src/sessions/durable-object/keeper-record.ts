import type { Settings } from '../../settings/settings.ts';
import { asSession, type Session } from '../session.ts';
import { recordKey } from './kv-copy.ts';

const RECORD = 'record';
const ENDS_AT = 'ends_at';

/**
 * The session in its object's own storage, sealed; opened once. The session held in memory is never changed in place:
 * the object it points to stands for its version.
 */
export class KeeperRecord {
  readonly #store: SyncKvStorage;
  readonly #hash: string;
  readonly #settings: () => Settings;
  #opening: Promise<void> | undefined;
  #session: Session | undefined;
  #isSealedWithOldKey = false;

  constructor(store: SyncKvStorage, hash: string, settings: () => Settings) {
    this.#store = store;
    this.#hash = hash;
    this.#settings = settings;
  }

  /** The session as it is held now, without opening anything. */
  get held(): Session | undefined {
    return this.#session;
  }

  get sealed(): string | undefined {
    return this.#store.get<string>(RECORD);
  }

  /** The end of its sliding lifetime, in seconds since the epoch; known also of a record that can't be opened. */
  get endsAt(): number | undefined {
    return this.#store.get<number>(ENDS_AT);
  }

  /** The record is sealed with an old key. */
  get isSealedWithOldKey(): boolean {
    return this.#isSealedWithOldKey;
  }

  /** The session as it is stored. */
  async open(): Promise<Session | undefined> {
    this.#opening ??= this.#read().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    await this.#opening;
    return this.#session;
  }

  async #read(): Promise<void> {
    const sealed = this.#store.get<unknown>(RECORD);
    if (typeof sealed !== 'string') return;
    const { sealer } = this.#settings();
    this.#session = asSession(await sealer.open('record', sealed, recordKey(this.#hash)));
    this.#isSealedWithOldKey = this.#session !== undefined && !(await sealer.isCurrent('record', sealed));
  }

  seal(session: Session): Promise<string> {
    return this.#settings().sealer.seal('record', session, recordKey(this.#hash));
  }

  /** Stores the session. No answer leaves the object before that is on disk: the platform sees to it. */
  keep(session: Session, sealed: string): void {
    this.#store.put(RECORD, sealed);
    this.#store.put(ENDS_AT, session.expires_at);
    this.#session = session;
    this.#isSealedWithOldKey = false;
  }

  drop(): void {
    this.#store.delete(RECORD);
    this.#store.delete(ENDS_AT);
    this.#session = undefined;
  }
}
