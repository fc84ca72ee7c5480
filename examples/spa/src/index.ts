/** All of Drawbridge, as the Worker in front of the static files in public/. */
export { default, SessionKeeper } from 'drawbridge/worker';
