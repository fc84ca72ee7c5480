import type { Row } from '../case.ts';
import { DEVICE } from './device.ts';
import { TRUSTED } from './jwt.ts';
import { KEYS } from './keys.ts';
import { RELAY } from './relay.ts';

/** Programs with keys, with JWTs, with device codes, and through the relay. */
export const PROGRAMS: readonly Row[] = [...KEYS, ...TRUSTED, ...DEVICE, ...RELAY];
