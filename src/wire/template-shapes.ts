import { allColumnNames, type ColumnName, columnOf, type RowShape, rowShape } from '../flow/index.ts';

/** For rows whose every column is written. */
export const ALL_COLUMNS: RowShape = rowShape(allColumnNames);

/** Shapes that are remembered at a time. */
const MAX_KNOWN = 4_096;

/** One shape for each set of columns, because batches keep notes by shape. */
export class Shapes {
  private readonly known = new Map<string, RowShape>();

  readonly of = (names: readonly ColumnName[]): RowShape => {
    const sorted = [...names].sort((a, b) => columnOf(a).id - columnOf(b).id);
    const key = sorted.join();
    let shape = this.known.get(key);
    if (!shape) {
      if (this.known.size >= MAX_KNOWN) this.known.clear();
      shape = rowShape(sorted);
      this.known.set(key, shape);
    }
    return shape;
  };
}
