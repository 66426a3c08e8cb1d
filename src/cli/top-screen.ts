import type { ReadStream } from 'node:tty';

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
const TO_END_OF_LINE = `${ESC}K`;
const TO_END_OF_SCREEN = `${ESC}J`;
const PLAIN = { width: 80, height: 24 };
const CTRL_C = '\u0003';

/** A terminal that is drawn again and again; what was on it before comes back at the end. */
export class TopScreen {
  private readonly onLeave: (interrupted: boolean) => void;
  private draw: ((width: number, height: number) => readonly string[]) | null = null;
  private isOpen = false;

  /** `onLeave`: somebody pressed q or Ctrl-C. */
  constructor(onLeave: (interrupted: boolean) => void) {
    this.onLeave = onLeave;
  }

  private open(): void {
    this.isOpen = true;
    process.stdout.write(ENTER);
    process.stdout.on('resize', this.redraw);
    if (!process.stdin.isTTY) return;
    (process.stdin as ReadStream).setRawMode(true);
    process.stdin.on('data', this.press).resume();
  }

  show(draw: (width: number, height: number) => readonly string[]): void {
    // Not before there is something to show: an error is told where the command was typed.
    if (!this.isOpen) this.open();
    this.draw = draw;
    this.redraw();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    process.stdout.off('resize', this.redraw);
    if (process.stdin.isTTY) {
      process.stdin.off('data', this.press).pause();
      (process.stdin as ReadStream).setRawMode(false);
    }
    process.stdout.write(LEAVE);
  }

  private readonly redraw = (): void => {
    if (!this.draw || !this.isOpen) return;
    // Some terminals do not know how large they are, and say 0.
    const width = process.stdout.columns || PLAIN.width;
    const height = process.stdout.rows || PLAIN.height;
    const lines = this.draw(width, height).slice(0, height);
    process.stdout.write(`${HOME}${lines.map((line) => line + TO_END_OF_LINE).join('\r\n')}${TO_END_OF_SCREEN}`);
  };

  private readonly press = (keys: Buffer): void => {
    const text = keys.toString('latin1');
    const interrupted = text.includes(CTRL_C);
    if (interrupted || /q/i.test(text)) this.onLeave(interrupted);
  };
}
