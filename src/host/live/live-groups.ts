import type { LiveGroup, LiveLabel, LiveList } from '../../ingest/index.ts';
import { FIGURE, FIGURES, readFigures } from './live-figures.ts';

const FIRST_ROOM = 64;

/** The groups of one dimension and their figures of this second, by a code for each group. */
export class LiveGroups {
  figures = new Float64Array(FIRST_ROOM * FIGURES);
  private labels: LiveLabel[] = [];
  private readonly codes = new Map<string, number>();

  get size(): number {
    return this.labels.length;
  }

  /** The code of a group; `key` is its own among those of the dimension. */
  code(key: string, label: LiveLabel): number {
    const known = this.codes.get(key);
    if (known !== undefined) return known;
    const code = this.labels.length;
    if ((code + 1) * FIGURES > this.figures.length) {
      const larger = new Float64Array(2 * this.figures.length);
      larger.set(this.figures);
      this.figures = larger;
    }
    this.labels.push(label);
    this.codes.set(key, code);
    return code;
  }

  /** The groups with the most bytes, then packets, then open flows. Those of which there is nothing are left out. */
  list(top: number): LiveList {
    const first: number[] = [];
    const other = new Float64Array(FIGURES);
    let others = 0;
    const giveUp = (code: number) => {
      others += 1;
      for (let i = 0; i < FIGURES; i++) other[i]! += this.figures[code * FIGURES + i]!;
    };
    for (let code = 0; code < this.size; code++) {
      if (!this.isAlive(code)) continue;
      if (first.length === top && !this.isBefore(code, first[top - 1]!)) {
        giveUp(code);
        continue;
      }
      let low = 0;
      let high = first.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (this.isBefore(code, first[middle]!)) high = middle;
        else low = middle + 1;
      }
      first.splice(low, 0, code);
      if (first.length > top) giveUp(first.pop()!);
    }
    const groups = first.map(
      (code): LiveGroup => ({ group: this.labels[code]!, ...readFigures(this.figures, code * FIGURES) }),
    );
    return { groups, other: others === 0 ? null : { groups: others, ...readFigures(other, 0) } };
  }

  /** The next second begins. */
  clear(): void {
    this.figures.fill(0, 0, this.size * FIGURES);
  }

  /** All codes end. */
  forget(): void {
    this.codes.clear();
    this.labels = [];
    this.figures = new Float64Array(FIRST_ROOM * FIGURES);
  }

  private isAlive(code: number): boolean {
    const { figures } = this;
    for (let i = code * FIGURES; i < (code + 1) * FIGURES; i++) if (figures[i]! > 0) return true;
    return false;
  }

  private isBefore(a: number, b: number): boolean {
    const more = this.bytes(a) - this.bytes(b) || this.packets(a) - this.packets(b) || this.open(a) - this.open(b);
    return more > 0;
  }

  private bytes(code: number): number {
    return this.figures[code * FIGURES + FIGURE.inBytes]! + this.figures[code * FIGURES + FIGURE.outBytes]!;
  }

  private packets(code: number): number {
    return this.figures[code * FIGURES + FIGURE.inPackets]! + this.figures[code * FIGURES + FIGURE.outPackets]!;
  }

  private open(code: number): number {
    return this.figures[code * FIGURES + FIGURE.open]!;
  }
}
