/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
export function watchSignals(): Promise<null> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = () => {
      if (asked) process.exit(1);
      asked = true;
      resolve(null);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
