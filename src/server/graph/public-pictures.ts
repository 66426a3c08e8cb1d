import { WeirError } from '../../base/index.ts';
import type { PublicPanel, PublicView, Published } from '../views/published.ts';
import type { PictureLooks, PictureOrder } from './picture-order.ts';

/** However many publications there are: a picture is some 100 kB, and the largest dashboard has 192, dark and light, in two zones and two formats. */
const MOST_KEPT = 256;

/** Pictures of what is published: each is drawn once for an answer, whoever comes. */
export class PublicPictures {
  private readonly published: Published;
  private readonly draw: (order: PictureOrder) => Promise<string | Uint8Array>;
  private readonly kept = new Map<string, Promise<string | Uint8Array>>();

  constructor(published: Published, draw: (order: PictureOrder) => Promise<string | Uint8Array>) {
    this.published = published;
    this.draw = draw;
  }

  /** The panel, counted from 1, of a publication. WeirError `not_found` for what is not published, else what Published and the drawing raise. */
  async picture(id: string, panel: number, looks: PictureLooks): Promise<string | Uint8Array> {
    const view = await this.published.view(id);
    const key = JSON.stringify([id, view.answered, panel, looks]);
    const before = this.kept.get(key);
    if (before !== undefined) return before;
    const shown = view.panels[panel - 1];
    if (shown === undefined)
      throw new WeirError('not_found', `${view.title} has no panel ${panel}: it has ${view.panels.length}`);
    const drawn = this.draw(orderOf(view, shown, looks));
    this.kept.set(key, drawn);
    // What failed is tried again by the next.
    drawn.catch(() => this.kept.delete(key));
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT) this.kept.delete(oldest!);
    return drawn;
  }
}

function orderOf(
  { made_up }: PublicView,
  { title, chart, by, metric, from, to, answer, problem }: PublicPanel,
  looks: PictureLooks,
): PictureOrder {
  if (answer === null || chart === 'sankey' || chart === 'matrix')
    throw new WeirError('busy', `${title}: ${problem ?? 'it has no time along the bottom'}`);
  return {
    ...looks,
    ...{ title, from, to, filter: '' },
    graph: {
      ...{ of: 'time', chart, by, metric, absent: 0, before: null },
      answer: { ...answer, plan: { bucket_ms: answer.bucket_ms } },
    },
    worth: [
      ...(made_up ? [MADE_UP] : []),
      answer.quality,
      'Addresses are not those of the flows, and small groups are part of all others.',
    ],
  };
}

export const MADE_UP = 'Demo data: records of this node were made up by weir demo.';
