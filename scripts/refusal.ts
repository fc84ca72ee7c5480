import { printable } from './terminal.mjs';

/** Something that whoever typed the command can fix; `exitCode` 1: not done, 2: not understood. */
export class Refusal extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs a command: a `Refusal` ends it with its message, without a stack trace. */
export async function run(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(printable(error.message, { lines: true }));
    process.exitCode = error.exitCode;
  }
}
