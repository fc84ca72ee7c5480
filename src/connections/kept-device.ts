import { nowSeconds } from '../clock.ts';
import { sameText } from '../crypto/same-text.ts';
import { SealedRow } from '../objects/sealed-row.ts';
import type { Settings } from '../settings/settings.ts';
import {
  asDeviceRecord,
  type DeviceDecision,
  type DeviceRecord,
  type DeviceRequest,
  type PolledDevice,
  type PollPace,
  pace,
  pollAnswer,
  type ShownDevice,
} from './device.ts';

/** How long an object knows that its device code has expired, or was used, in seconds. */
const REMEMBERED_SECONDS = 300;

/** One device authorization, in an object that is named by its user code. */
export class KeptDevice {
  readonly #storage: DurableObjectStorage;
  readonly #row: SealedRow<DeviceRecord>;
  /** Only in memory: an object that is called every few seconds stays there. */
  #pace: PollPace | undefined;

  constructor(storage: DurableObjectStorage, name: string, settings: () => Settings) {
    this.#storage = storage;
    this.#row = new SealedRow(storage.kv, name, {
      purpose: 'device',
      sealer: () => settings().sealer,
      decode: asDeviceRecord,
    });
  }

  async start(request: DeviceRequest): Promise<boolean> {
    if (await this.#row.open()) return false;
    await this.#row.change(() => ({ ...request, decision: undefined, used: false }));
    await this.#storage.setAlarm((request.expires_at + REMEMBERED_SECONDS) * 1000);
    return true;
  }

  /** What waits for approval; undefined if there is nothing, or it is over or decided. */
  async show(): Promise<ShownDevice | undefined> {
    const record = await this.#row.open();
    if (!record || !isOpen(record)) return undefined;
    const { hash: _, decision: __, used: ___, ...request } = record;
    return request;
  }

  async decide(decision: DeviceDecision): Promise<boolean> {
    let decided = false;
    await this.#row.change((latest) => {
      // protects: one decision per user code
      decided = latest !== undefined && isOpen(latest);
      return latest && decided ? { ...latest, decision } : latest;
    });
    return decided;
  }

  async poll(hash: string): Promise<PolledDevice> {
    const record = await this.#row.open();
    // protects: device codes
    if (!record || !sameText(hash, record.hash)) return { error: 'invalid_grant' };
    const { tooSoon, pace: next } = pace(this.#pace, Date.now());
    this.#pace = next;
    let answer = pollAnswer(record, nowSeconds());
    if (tooSoon && answer.error === 'authorization_pending') return { error: 'slow_down' };
    if (answer.error !== undefined) return answer;
    await this.#row.change((latest) => {
      // Another poll may have come between.
      answer = latest ? pollAnswer(latest, nowSeconds()) : { error: 'invalid_grant' };
      return latest && answer.error === undefined ? { ...latest, used: true } : latest;
    });
    return answer;
  }

  /** Deletes it once nobody can use it any more. */
  async forgetWhenOver(): Promise<void> {
    const over = (((await this.#row.open())?.expires_at ?? 0) + REMEMBERED_SECONDS) * 1000;
    if (over > Date.now()) await this.#storage.setAlarm(over);
    else await this.#storage.deleteAll();
  }
}

/** True while it can be decided. */
function isOpen({ decision, expires_at }: DeviceRecord): boolean {
  // protects: expiry of user codes
  return decision === undefined && expires_at > nowSeconds();
}
