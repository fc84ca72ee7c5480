import { client } from './hand-written-client.js';

/** The floor for a login. */
export default client();
