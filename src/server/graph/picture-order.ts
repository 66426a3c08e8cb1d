import type { AnsweredGraph } from '../../chart/index.ts';

// Not beside what draws them: all programs know of pictures, and the thread of pictures alone loads what draws.
export const PICTURE_FORMATS = ['svg', 'png'] as const;

export interface PictureLooks {
  readonly format: (typeof PICTURE_FORMATS)[number];
  /** Of the whole picture, in pixels of CSS. */
  readonly width: number;
  readonly height: number;
  readonly isDark: boolean;
  /** Times in UTC, else in the zone of this machine. */
  readonly isUtc: boolean;
}

/** A picture in words and data: it crosses to the thread that draws. */
export interface PictureOrder extends PictureLooks {
  readonly title: string;
  readonly graph: AnsweredGraph;
  /** ms since 1970. */
  readonly from: number;
  readonly to: number;
  readonly filter: string;
  /** What it is worth, and whatever else must be said: a picture goes where nobody can ask. */
  readonly worth: readonly string[];
}
