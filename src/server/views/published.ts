import { asWeirError, type Log, systemClock, WeirError } from '../../base/index.ts';
import type { ChartKind } from '../../chart/index.ts';
import type { Ask, QueryService } from '../query-service.ts';
import { type PublicAnswer, publicAnswer, publicChart } from './public-answer.ts';
import type { SavedViews } from './saved-views.ts';
import type { Publication, PublishedPanel } from './view-schema.ts';

/** However many come, the store is asked once in this time for each publication. */
const KEPT_MS = 60_000;
/** Requests of all visitors together. */
const MOST_A_SECOND = 100;
/** What answers that are kept may take in all, in JSON; in memory they take some times as much. */
const MOST_KEPT_BYTES = 32_000_000;

/** A panel as a visitor sees it. */
export interface PublicPanel {
  readonly title: string;
  readonly width: number;
  readonly chart: ChartKind;
  readonly by: readonly string[];
  readonly metric: string;
  readonly from: number;
  readonly to: number;
  readonly answer: PublicAnswer | null;
  /** Why there is no answer; in no words of the store, which may name what is not published. */
  readonly problem: string | null;
}

export interface PublicView {
  readonly title: string;
  /** ms since 1970, as are all times here. */
  readonly answered: number;
  readonly expires: number | null;
  /** Whether records that `weir demo` made are in the store. */
  readonly made_up: boolean;
  readonly panels: readonly PublicPanel[];
}

interface Kept {
  readonly untilMs: number;
  /** The answer, and in JSON, written once however many come for it. */
  readonly answer: Promise<{ readonly view: PublicView; readonly json: Buffer }>;
  /** 0 until it is there. */
  bytes: number;
}

/** What visitors without an account get: the stored questions of a publication, and nothing else. */
export class Published {
  private readonly saved: SavedViews;
  private readonly service: QueryService;
  private readonly log: Log;
  private readonly isMadeUp: () => boolean;
  private readonly mostKept: number;
  private readonly kept = new Map<string, Kept>();
  /** The last question of all: visitors of however many publications take one place of questions. */
  private last: Promise<unknown> = Promise.resolve();
  private second = 0;
  private asked = 0;

  /** `mostKept`: bytes of all answers that are kept. */
  constructor(saved: SavedViews, service: QueryService, log: Log, isMadeUp: () => boolean, mostKept = MOST_KEPT_BYTES) {
    this.saved = saved;
    this.service = service;
    this.log = log;
    this.isMadeUp = isMadeUp;
    this.mostKept = mostKept;
  }

  /** A PublicView in JSON. WeirError `not_found` for what is not published or not any more, `busy` where too many come at once or too much is looked at. */
  async json(id: string): Promise<Buffer> {
    return (await this.answered(id)).json;
  }

  /** Likewise, as it is. */
  async view(id: string): Promise<PublicView> {
    return (await this.answered(id)).view;
  }

  private async answered(id: string): Kept['answer'] {
    const now = systemClock.now();
    this.count(now);
    const publication = this.saved.published(id);
    const before = this.kept.get(id);
    if (before !== undefined && before.untilMs > now) return before.answer;
    this.forget(now);
    if (this.bytes() >= this.mostKept)
      throw new WeirError('busy', 'too much that is published is looked at: try again in a minute');
    const answer = this.last.then(() => this.answer(publication, now));
    this.last = answer.catch(() => {});
    const kept: Kept = { untilMs: now + KEPT_MS, bytes: 0, answer };
    this.kept.set(id, kept);
    kept.bytes = (await answer).json.length;
    return answer;
  }

  private count(now: number): void {
    const second = Math.floor(now / 1_000);
    if (second !== this.second) this.asked = 0;
    this.second = second;
    this.asked += 1;
    if (this.asked > MOST_A_SECOND) throw new WeirError('busy', 'too many visitors at once: try again in a second');
  }

  /** Answers of what is not published any more, and old ones. */
  private forget(now: number): void {
    const ids = new Set(this.saved.publications().map(({ id }) => id));
    for (const [id, { untilMs }] of this.kept) if (untilMs <= now || !ids.has(id)) this.kept.delete(id);
  }

  private bytes(): number {
    let sum = 0;
    for (const { bytes } of this.kept.values()) sum += bytes;
    return sum;
  }

  private async answer(publication: Publication, now: number): Kept['answer'] {
    const { title, expires, panels } = publication;
    const shown: PublicPanel[] = [];
    for (const panel of panels) shown.push(await this.panel(publication, panel, now));
    const view: PublicView = { title, expires, answered: now, made_up: this.isMadeUp(), panels: shown };
    return { view, json: Buffer.from(JSON.stringify(view)) };
  }

  private async panel({ key, limit, id }: Publication, panel: PublishedPanel, now: number): Promise<PublicPanel> {
    const chart = publicChart(panel, Math.ceil(now / KEPT_MS) * KEPT_MS);
    const { by, metric, question } = chart;
    const { from, to } = question;
    const shown = { title: panel.title, width: panel.width, chart: chart.chart, by, metric, from, to };
    const ask: Ask = { limit, asker: 'visitors' };
    try {
      const answer = await publicAnswer(this.service, chart, Buffer.from(key, 'hex'), ask);
      return { ...shown, answer, problem: null };
    } catch (error) {
      const { code } = asWeirError(error);
      this.log.warn({ err: error, publication: id }, 'a published view could not be answered');
      return { ...shown, answer: null, problem: `this could not be answered (${code}); it is tried again in a minute` };
    }
  }
}
