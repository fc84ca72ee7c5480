/** All of Drawbridge, as a Worker that others have a binding to. */
export { Auth, default, SessionKeeper } from 'drawbridge/worker';
