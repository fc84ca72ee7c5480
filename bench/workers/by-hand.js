import { client } from './client.js';

/** The floor for a login. */
export default client();
