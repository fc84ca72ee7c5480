/** How bad it is: a fault keeps people from signing in, a warning may. */
export type Level = 'ok' | 'warning' | 'fault';

/** What one check found. All text is ours, or a value fit to be shown; never a secret. */
export interface Finding {
  readonly level: Level;
  /** What was looked at: `settings`, `bindings`, the id of a provider, or `upstream <id>`. */
  readonly subject: string;
  /** The setting, or the name of the check. */
  readonly check: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

type Find = (check: string, message: string, hint?: string) => Finding;

/** Makes the findings on one subject. */
export function findings(subject: string): Readonly<Record<Level, Find>> {
  const at =
    (level: Level): Find =>
    (check, message, hint) => ({ level, subject, check, message, ...(hint !== undefined && { hint }) });
  return { ok: at('ok'), warning: at('warning'), fault: at('fault') };
}

/** The worst level among findings; `ok` if there are none. */
export function worstOf(found: readonly Finding[]): Level {
  const levels = new Set(found.map(({ level }) => level));
  if (levels.has('fault')) return 'fault';
  return levels.has('warning') ? 'warning' : 'ok';
}
