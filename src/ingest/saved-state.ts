/** What was saved, or something else where that cannot be read: one piece of a saved state that is damaged takes no other with it. */
export function restoredOr<T>(restore: () => T | null, otherwise: T): T {
  try {
    return restore() ?? otherwise;
  } catch {
    return otherwise;
  }
}
