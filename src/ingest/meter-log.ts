import { counted, RateLimit } from '../base/index.ts';
import type { LogLevel } from './producer-messages.ts';

/** What is said of the meter of this host: how well it sees when that changes, and of lines that are alike not each one. */
export class MeterLog {
  private readonly log: (level: LogLevel, text: string) => void;
  private readonly steadyMs: () => number;
  private readonly said = new RateLimit();
  private toldLevel = '';

  constructor(log: (level: LogLevel, text: string) => void, steadyMs: () => number) {
    this.log = log;
    this.steadyMs = steadyMs;
  }

  /** `rules`: of its privacy policy; null without one. */
  tellLevel(level: string, notes: readonly string[], rules: number | null): void {
    const text = [level, ...notes].join('; ');
    if (text === this.toldLevel) return;
    this.toldLevel = text;
    const why = notes.length > 0 ? ` (${notes.join('; ')})` : '';
    if (level === 'none') this.tell('warn', `this host is not metered${why}: weir doctor says what to change`, level);
    else {
      const under = rules === null ? '' : `, under a privacy policy of ${counted(rules, 'rule')}`;
      this.tell('info', `this host is metered: level ${level}${under}${why}`, level);
    }
  }

  tell(level: LogLevel, text: string, key = text): void {
    const held = this.said.allow(key, this.steadyMs());
    if (held !== null) this.log(level, `${text}${held > 0 ? ` (${held} more like it)` : ''}`);
  }
}
