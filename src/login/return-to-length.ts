/** A longer return target is none, in characters. In a file of its own: `drawbridge/client` needs nothing else of it. */
export const MAX_RETURN_TO_LENGTH = 2048;
