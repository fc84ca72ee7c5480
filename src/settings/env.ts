/** The Worker's vars, secrets and bindings. Each provider adds settings with its own prefix. */
export interface Env {
  readonly [setting: string]: unknown;
}

/** One problem with the settings. Names the setting, never its value. */
export interface Fault {
  readonly setting: string;
  readonly fault: string;
  readonly hint: string;
}
