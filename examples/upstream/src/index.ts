/** All of Drawbridge, as the Worker in front of the server in server.mjs. */
export { default, SessionKeeper } from 'drawbridge/worker';
