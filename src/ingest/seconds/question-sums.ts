import { filterToPredicate, type RowPredicate, referencedColumns } from '../../filter/index.ts';
import { columnOf, enumCode, type FlowBatch } from '../../flow/index.ts';
import { halfWidth95 } from '../../truth/index.ts';
import { FIGURES, GroupSums, KEY_WORDS } from './group-sums.ts';
import type { RowFigures } from './row-figures.ts';
import { type KeyReader, RowKeys, TextCodes } from './row-keys.ts';
import type {
  FlowSecond,
  SecondCategory,
  SecondDimension,
  SecondFigures,
  SecondList,
  SecondQuality,
  SecondsQuestion,
} from './second-messages.ts';

const UNKNOWN_ORIGIN = enumCode('sampling_origin', 'unknown');
const ORIGINS = columnOf('sampling_origin').values!;
const DIRECTIONS = columnOf('direction').values!;
/** Categories are few; those of a scheme of its own may be more. */
const MOST_CATEGORIES = 1_024;

/** The sums of one question over the rows of one second. */
export class QuestionSums {
  private readonly question: SecondsQuestion;
  private readonly selects: (batch: FlowBatch) => RowPredicate;
  /** The question itself says which duplicates it is about. */
  private readonly judges: boolean;
  private readonly lists: readonly { name: SecondDimension; keys: RowKeys; sums: GroupSums; read: KeyReader }[];
  private readonly categories = new GroupSums(MOST_CATEGORIES);
  private readonly categoryTexts = new TextCodes();
  private readonly total = new Float64Array(FIGURES);
  private readonly duplicates = new Float64Array(FIGURES);
  private readonly key = new Uint32Array(KEY_WORDS);
  private holds: RowPredicate = () => false;
  private category: KeyReader = () => {};
  private directions: ReturnType<FlowBatch['array']>;
  private sampled = 0;
  private unknownBytes = 0;
  private origins = 0;
  private bytesVariance = 0;
  private packetsVariance = 0;

  constructor(question: SecondsQuestion) {
    this.question = question;
    this.selects = filterToPredicate(question.filter);
    this.judges = referencedColumns(question.filter).has('duplicate');
    this.lists = question.by.map((name) => ({ name, keys: new RowKeys(name), sums: new GroupSums(), read: () => {} }));
  }

  /** The rows that come are of this batch. */
  bind(batch: FlowBatch): void {
    this.holds = this.selects(batch);
    this.category = this.categoryTexts.bind(batch, 'category');
    this.directions = batch.array('direction');
    for (const list of this.lists) list.read = list.keys.bind(batch);
  }

  add(row: number, figures: RowFigures): void {
    if (!this.holds(row)) return;
    const { bytes, packets, flows } = figures;
    if (figures.isDuplicate && !this.judges) {
      addTo(this.duplicates, bytes, packets, flows);
      return;
    }
    addTo(this.total, bytes, packets, flows);
    if (figures.sampling > 1) this.addSampled(figures);
    if (figures.origin === UNKNOWN_ORIGIN) this.unknownBytes += bytes;
    this.origins |= 1 << figures.origin;
    const { key } = this;
    key.fill(0);
    this.category(row, key);
    key[1] = this.directions ? this.directions[row]! : 0;
    this.categories.add(key, bytes, packets, flows);
    for (const { read, sums } of this.lists) {
      key.fill(0);
      read(row, key);
      sums.add(key, bytes, packets, flows);
    }
  }

  /** What was added since the second before; the next begins empty. */
  take(): Pick<FlowSecond, 'total' | 'categories' | 'by'> & Pick<SecondQuality, 'duplicates' | 'sampling'> {
    const { top } = this.question;
    const by = Object.fromEntries(
      this.lists.map(({ name, keys, sums }) => [name, listOf(keys, sums, top, this.total)]),
    );
    const taken = {
      ...{ total: figuresOf(this.total, 0), categories: this.categoryList(), by },
      ...{ duplicates: figuresOf(this.duplicates, 0), sampling: this.samplingQuality() },
    };
    this.clear();
    return taken;
  }

  private addSampled(figures: RowFigures): void {
    this.sampled += 1;
    this.bytesVariance += figures.bytesVariance;
    this.packetsVariance += figures.packetsVariance;
  }

  private samplingQuality(): SecondQuality['sampling'] {
    const isOpen = (this.origins & (1 << UNKNOWN_ORIGIN)) !== 0;
    return {
      records: this.sampled,
      unknown_bytes: this.unknownBytes,
      origins: ORIGINS.filter((_, code) => (this.origins & (1 << code)) !== 0),
      error: isOpen ? null : { bytes: halfWidth95(this.bytesVariance), packets: halfWidth95(this.packetsVariance) },
    };
  }

  private categoryList(): SecondCategory[] {
    const { keys, figures, beyond } = this.categories;
    const list = this.categories.largest(MOST_CATEGORIES).map((group) => ({
      category: this.categoryTexts.textOf(keys[group * KEY_WORDS]!),
      direction: DIRECTIONS[keys[group * KEY_WORDS + 1]!] ?? 'unknown',
      ...figuresOf(figures, group * FIGURES),
    }));
    return beyond[3] === 0 ? list : [...list, { category: '', direction: 'unknown', ...figuresOf(beyond, 0) }];
  }

  private clear(): void {
    for (const { keys, sums } of this.lists) {
      sums.clear();
      keys.begin();
    }
    this.categories.clear();
    this.categoryTexts.begin();
    this.total.fill(0);
    this.duplicates.fill(0);
    this.sampled = 0;
    this.unknownBytes = 0;
    this.origins = 0;
    this.bytesVariance = 0;
    this.packetsVariance = 0;
  }
}

function addTo(sums: Float64Array, bytes: number, packets: number, flows: number): void {
  sums[0]! += bytes;
  sums[1]! += packets;
  sums[2]! += flows;
  sums[3]! += 1;
}

function figuresOf(figures: Float64Array, at: number): SecondFigures {
  return { bytes: figures[at]!, packets: figures[at + 1]!, flows: figures[at + 2]!, records: figures[at + 3]! };
}

/** The largest groups; the rest is what `total` has beside them. */
function listOf(keys: RowKeys, sums: GroupSums, top: number, total: Float64Array): SecondList {
  const shown = sums.largest(top);
  const other = Float64Array.from(total);
  for (const group of shown) for (let i = 0; i < FIGURES; i++) other[i]! -= sums.figures[group * FIGURES + i]!;
  return {
    groups: shown.map((group) => ({
      value: keys.valueOf(sums.keys, group * KEY_WORDS),
      ...figuresOf(sums.figures, group * FIGURES),
    })),
    other: other[3] === 0 ? null : { groups: sums.size - shown.length, ...figuresOf(other, 0) },
    unsorted: sums.beyond[3] === 0 ? null : figuresOf(sums.beyond, 0),
  };
}
