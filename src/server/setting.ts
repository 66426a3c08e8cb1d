import type { z } from 'zod';

/** One thing that can be set on a node. Values arrive as YAML scalars or, from flags and the environment, as text. */
export interface Setting<T = unknown> {
  /** Its schema reads text as well as YAML values; what it expects is the message of its one error. */
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  readonly meaning: string;
  /**
   * The placeholder in the help of the flag, in square brackets where the flag may stand alone; absent where there is no flag, because a
   * process list would show the value or because no flag could hold it.
   */
  readonly flag?: string;
  /** Its value is more than a line of text can say. */
  readonly fileOnly?: true;
}

export function setting<T>(s: Setting<T>): Setting<T> {
  return s;
}
