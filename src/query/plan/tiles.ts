import type { Level, Tile, TimeRange } from '../../store/index.ts';

/** A range cut into what answers each part of it, and the parts that nothing answers. Both are disjoint and in order. */
export interface Tiling {
  readonly tiles: readonly Tile[];
  readonly uncovered: readonly TimeRange[];
}

/** What is kept, as far as cutting needs to know it. */
export interface Kept {
  /** Levels that may answer, coarsest first. */
  readonly levels: readonly Level[];
  /** Disjoint and in order. */
  covered(level: Level): readonly TimeRange[];
  /** From when on all records are kept. */
  readonly rawFrom: number;
  /** Tiles of levels start and end at multiples of this, and of their level. */
  readonly grain?: number;
}

/**
 * The coarsest level in the middle, finer ones at the edges and where a coarse one has a hole, records last. `take` may refuse a tile of a level: then finer levels
 * answer it, if they can do so wholly.
 */
export function tilesOf(range: TimeRange, kept: Kept, take: (tile: Tile) => boolean = () => true): Tiling {
  const tiles = joined(fill(range, kept, 0, take));
  return {
    tiles: tiles.filter((t): t is Tile => t.level !== 'none'),
    uncovered: tiles.filter((t) => t.level === 'none').map(({ from, to }) => ({ from, to })),
  };
}

type Piece = TimeRange & { readonly level: Tile['level'] | 'none' };

function fill(range: TimeRange, kept: Kept, depth: number, take: (tile: Tile) => boolean): Piece[] {
  if (range.from >= range.to) return [];
  const level = kept.levels[depth];
  if (level === undefined) return records(range, kept.rawFrom);
  const step = Math.max(level, kept.grain ?? level);
  const pieces: Piece[] = [];
  let at = range.from;
  for (const part of kept.covered(level)) {
    const from = Math.ceil(Math.max(part.from, at) / step) * step;
    const to = Math.floor(Math.min(part.to, range.to) / step) * step;
    if (from >= to) continue;
    pieces.push(...fill({ from: at, to: from }, kept, depth + 1, take));
    for (const tile of cut({ level, from, to }, step))
      pieces.push(...(take(tile) ? [tile] : finer(tile, kept, depth, take)));
    at = to;
  }
  return [...pieces, ...fill({ from: at, to: range.to }, kept, depth + 1, take)];
}

/** What finer levels or records answer instead of a tile that was refused; the tile itself where they have holes or would be refused as well. */
function finer(tile: Tile, kept: Kept, depth: number, take: (tile: Tile) => boolean): Piece[] {
  const instead = fill(tile, kept, depth + 1, take);
  const better = instead.every((p) => p.level !== 'none' && (p.level === 'raw' || take(p as Tile)));
  return better ? instead : [tile];
}

function records({ from, to }: TimeRange, rawFrom: number): Piece[] {
  const start = Math.min(Math.max(from, rawFrom), to);
  const pieces: Piece[] = [
    { level: 'none', from, to: start },
    { level: 'raw', from: start, to },
  ];
  return pieces.filter((p) => p.from < p.to);
}

/** A stretch is judged in pieces, so that one bad hour does not cost the whole month its coarse level. */
const MOST_PIECES = 64;

function cut({ level, from, to }: Tile, width: number): Tile[] {
  const step = Math.max(1, Math.ceil((to - from) / width / MOST_PIECES)) * width;
  const tiles: Tile[] = [];
  for (let at = from; at < to; at += step) tiles.push({ level, from: at, to: Math.min(at + step, to) });
  return tiles;
}

function joined(pieces: readonly Piece[]): Piece[] {
  const all: { level: Piece['level']; from: number; to: number }[] = [];
  let last: (typeof all)[number] | undefined;
  for (const piece of pieces) {
    if (last?.level === piece.level && last.to === piece.from) last.to = piece.to;
    else {
      last = { ...piece };
      all.push(last);
    }
  }
  return all;
}
