const CHECK_MS = 500;

/**
 * Calls `end` when npm, which started this process, has been stopped: it passes a signal on to a shell, which does not
 * always pass it on. Does nothing without npm, since a program may well outlive the shell that it was started from.
 */
export function whenOrphaned(end) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    end();
  }, CHECK_MS);
  check.unref();
}
