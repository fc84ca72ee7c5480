/** Whose a connection is: a user, by issuer and subject. */
export interface User {
  readonly iss: string;
  readonly sub: string;
}
