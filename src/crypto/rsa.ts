/** Shorter RSA keys are too weak (RFC 7518 §3.3). */
export const MIN_MODULUS_BITS = 2048;
/** Base64url characters of such a modulus. */
export const MIN_MODULUS_LENGTH = 342;
