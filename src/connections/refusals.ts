import { DrawbridgeError } from '../errors.ts';
import { MOST_KEYS } from './connection.ts';

/** Why a change of a connection can't be made. */
export function gone(): DrawbridgeError {
  return new DrawbridgeError('not_found', {
    title: 'No such connection',
    description: 'There is no such connection or key, or it has ended.',
    hint: 'Go back to the list of connections.',
  });
}

export function tooManyKeys(): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    description: `This connection has ${MOST_KEYS} keys, which is the limit.`,
    hint: 'First end a key that is no longer used.',
    detail: 'too many keys',
  });
}

export function otherAccount(): DrawbridgeError {
  return new DrawbridgeError('forbidden', {
    title: 'That is another account',
    description: 'This connection was made with another account at the provider.',
    hint: 'Sign in there with the account that it had, or make a new connection.',
    detail: 'reconnected with another account',
  });
}

/** A parameter of a program’s request is missing, repeated or not valid; `name` says which. */
export function malformed(description: string, name: string): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    description,
    hint: 'See docs/programs.md for the parameters of this request.',
    detail: name,
  });
}
