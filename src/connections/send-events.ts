import { log } from '../log.ts';
import type { EventsSettings } from '../settings/connection-settings.ts';
import { afterFailure, deliver } from './events.ts';
import type { KeptRecord } from './kept-record.ts';

/** Sends the events that are due. Those that don't arrive stay in the outbox. Never throws because of a receiver. */
export async function sendEvents(record: KeptRecord, events: EventsSettings | undefined): Promise<void> {
  for (const pending of record.outbox) {
    if (pending.at > Date.now()) continue;
    try {
      if (events) await deliver(events, pending);
      await record.delivered(pending.id, undefined);
    } catch (error) {
      log('event_failed', {
        ...record.facts,
        detail: `${pending.event.type}: ${String(error)}`,
        failures: pending.attempts + 1,
      });
      await record.delivered(pending.id, afterFailure(pending, Date.now(), Math.random()));
    }
  }
}
