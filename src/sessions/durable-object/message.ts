import { log } from '../../log.ts';
import type { ServerBindings } from '../../settings/platform-bindings.ts';
import type { Settings } from '../../settings/settings.ts';
import { KeeperDirectory } from './keeper-directory.ts';
import type { Sweep } from './session-object.ts';

/** Until when a message counts as taken, in seconds since the epoch. */
const TAKEN_UNTIL = 'taken_until';
const SWEEP = 'sweep';
/** A sweep that KV did not let through is tried again, in milliseconds, but not for longer than an hour. */
const SWEEP_RETRY_MS = 60_000;
const SWEEP_LIMIT_MS = 3_600_000;

/**
 * What an object without a session does: it remembers a message that may be accepted once, or ends sessions at a given
 * time. KV would cost no less for a message, and would miss replays during its minute of lag.
 */
export class Message {
  readonly #storage: DurableObjectStorage;
  readonly #name: string;
  readonly #settings: () => Settings;

  constructor(storage: DurableObjectStorage, name: string, settings: () => Settings) {
    this.#storage = storage;
    this.#name = name;
    this.#settings = settings;
  }

  async takeOnce(until: number): Promise<boolean> {
    if (await this.isTaken()) return false;
    this.#storage.kv.put(TAKEN_UNTIL, until);
    await this.#storage.setAlarm(until * 1000);
    return true;
  }

  async isTaken(): Promise<boolean> {
    return (this.#storage.kv.get<number>(TAKEN_UNTIL) ?? 0) > Date.now() / 1000;
  }

  async giveBack(): Promise<void> {
    await this.#storage.deleteAll();
  }

  async sweepLater(sweep: Sweep): Promise<void> {
    const sealed = await this.#settings().sealer.seal('record', sweep, this.#place);
    this.#storage.kv.put(SWEEP, sealed);
    await this.#storage.setAlarm(sweep.at);
  }

  /** True if the alarm was for a message. */
  async alarm(): Promise<boolean> {
    const sealed = this.#storage.kv.get<string>(SWEEP);
    const takenUntil = this.#storage.kv.get<number>(TAKEN_UNTIL);
    if (sealed === undefined && takenUntil === undefined) return false;
    if (sealed !== undefined && !(await this.#sweep(sealed))) {
      await this.#storage.setAlarm(Date.now() + SWEEP_RETRY_MS);
    } else if (takenUntil !== undefined && takenUntil > Date.now() / 1000) {
      await this.#storage.setAlarm(takenUntil * 1000);
    } else await this.#storage.deleteAll();
    return true;
  }

  /** True once it is done, or can't be. */
  async #sweep(sealed: string): Promise<boolean> {
    const settings = this.#settings();
    const sweep = (await settings.sealer.open('record', sealed, this.#place)) as Sweep | undefined;
    if (!sweep || !settings.server) return true;
    const { match, ending, before, at } = sweep;
    try {
      const directory = new KeeperDirectory(settings, settings.server as ServerBindings);
      const sessions = await directory.endFound(match, ending, before);
      if (sessions > 0) log('sessions_swept', { flow: ending.flow, provider: match.provider, sessions });
      return true;
    } catch (error) {
      log('alarm_failed', { session: this.#name.slice(0, 12), detail: String(error) });
      return at + SWEEP_LIMIT_MS < Date.now();
    }
  }

  get #place(): string {
    return `sweep:${this.#name}`;
  }
}
