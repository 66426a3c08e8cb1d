/** One thing that was looked at, in words: what `doctor` prints and what health answers. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was looked at, e.g. `udp buffer`. */
  readonly subject: string;
  readonly text: string;
  /** What to change; of what is well, what could be had. */
  readonly advice?: string;
}

export const ok = (subject: string, text: string, advice?: string): Finding => ({
  level: 'ok',
  subject,
  text,
  ...(advice ? { advice } : {}),
});
export const warn = (subject: string, text: string, advice?: string): Finding => ({
  level: 'warn',
  subject,
  text,
  ...(advice ? { advice } : {}),
});
export const fail = (subject: string, text: string, advice?: string): Finding => ({
  level: 'fail',
  subject,
  text,
  ...(advice ? { advice } : {}),
});
