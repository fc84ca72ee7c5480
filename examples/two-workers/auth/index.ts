/** The whole of Drawbridge, as a Worker that others are bound to. */
export { Auth, default, SessionKeeper } from 'drawbridge/worker';
