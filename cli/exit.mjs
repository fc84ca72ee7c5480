/** What the program's exit code means; scripts rely on it. */
export const EXIT = Object.freeze({ ok: 0, failed: 1, signIn: 2, unavailable: 3, usage: 64 });

/** Ends the program with a message for people, in one or two sentences, and one of `EXIT`. */
export class CliError extends Error {
  /**
   * @param {number} exitCode
   * @param {string} message
   */
  constructor(exitCode, message) {
    super(message);
    this.exitCode = exitCode;
  }
}
