/** What the Worker is bound to: vars, secrets, bindings. Providers bring settings of their own names. */
export interface Env {
  readonly [setting: string]: unknown;
}

/** One thing wrong with the settings. Names the setting, never its value. */
export interface Fault {
  readonly setting: string;
  readonly fault: string;
  readonly hint: string;
}
