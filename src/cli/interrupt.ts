/** What a command works with while it asks: a signal that Ctrl-C raises, and a line that shows progress. */
export interface Session {
  readonly signal: AbortSignal;
  readonly onProgress: ((share: number) => void) | undefined;
  /** Takes the progress line away and lets Ctrl-C end the process again. */
  end(): void;
}

/** Queries that are over before this need no progress line. */
const QUIET_MS = 700;

/** Ctrl-C once cancels the query, which ends the command with 130; twice ends the process. */
export function beginSession(now: () => number = Date.now): Session {
  const abort = new AbortController();
  const onSignal = () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const started = now();
  let shown = '';
  const clear = () => {
    if (shown !== '') process.stderr.write(`\r${' '.repeat(shown.length)}\r`);
    shown = '';
  };
  const onProgress = process.stderr.isTTY
    ? (share: number) => {
        const elapsed = now() - started;
        if (elapsed < QUIET_MS) return;
        const line = `${String(Math.floor(share * 100)).padStart(3)} %  ${(elapsed / 1000).toFixed(0)} s  (Ctrl-C cancels)`;
        clear();
        process.stderr.write(line);
        shown = line;
      }
    : undefined;
  return {
    signal: abort.signal,
    onProgress,
    end: () => {
      clear();
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
