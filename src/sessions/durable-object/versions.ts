import type { Session } from '../session.ts';
import type { Reading } from './session-object.ts';

/** Callers remember sessions whose record has at most this many bytes, as `Sealer` does with cookies. */
export const REMEMBERED_BYTES = 8192;

/**
 * Names the session of an object as it is now, so that a caller that knows it is not sent all of it again: most requests
 * find the session as the one before left it.
 */
export class SessionVersions {
  #session: Session | undefined;
  #version = '';

  /** What a caller gets that has `seen` a version; `bytes` is the size of the record. */
  reading(reading: Reading, bytes: number, seen: string | undefined): Reading {
    const { session } = reading;
    if (session === undefined || bytes > REMEMBERED_BYTES) return reading;
    // A session is never changed in place.
    if (session !== this.#session) {
      this.#session = session;
      this.#version = crypto.randomUUID();
    }
    if (seen === this.#version) return UNCHANGED;
    return { ...reading, version: this.#version };
  }
}

/** The version counts the end of the sliding lifetime too, so that it has not been extended. */
const UNCHANGED: Reading = { session: undefined, extended: false, unchanged: true };
