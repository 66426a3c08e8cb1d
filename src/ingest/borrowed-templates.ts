import type { Template } from '../wire/index.ts';
import type { Stream } from './stream.ts';

/** Data waits this long for a template of its own port before that of another port of the same exporter and domain is taken. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 1_000;

/**
 * Templates that other ports of the same exporter and domain told. Most exporters tell them on each port that they send from, and several exporters
 * may share an address, so a port's own templates come first; but some tell them on one port only, and their data would wait for ever.
 */
export class BorrowedTemplates {
  private readonly ids = new Set<number>();
  private lookedMs = 0;

  /**
   * Takes the templates that data has waited for long enough, where all the other ports that know them agree. How many were taken; their data is
   * decoded with the next message.
   */
  take(stream: Stream, siblings: readonly Stream[], nowMs: number): number {
    const session = stream.templates!;
    if (session.held.size === 0 || siblings.length < 2 || Math.abs(nowMs - this.lookedMs) < LOOK_MS) return 0;
    this.lookedMs = nowMs;
    let taken = 0;
    for (const { templateId, receivedMs } of session.held.all()) {
      // An exporter that was seen to do so is not waited for again.
      if (this.ids.size === 0 && nowMs - receivedMs < PATIENCE_MS) continue;
      if (session.template(templateId)) continue;
      const template = agreed(stream, siblings, templateId);
      if (!template) continue;
      copy(template, stream, nowMs);
      this.ids.add(templateId);
      taken += 1;
    }
    return taken;
  }

  /** When it was last looked for some, and the numbers of those that were taken. */
  save(): readonly number[] {
    return [this.lookedMs, ...this.ids];
  }

  /** What `save` wrote; of anything else nothing. */
  load(saved: unknown): void {
    if (!Array.isArray(saved) || !saved.every(Number.isFinite)) return;
    const [lookedMs, ...ids] = saved as number[];
    this.lookedMs = lookedMs ?? this.lookedMs;
    for (const id of ids) this.ids.add(id);
  }

  /** The stream was told templates: they are its own from now on, and those who borrowed them follow. */
  static told(stream: Stream, siblings: readonly Stream[], nowMs: number): void {
    for (const sibling of siblings) {
      if (sibling === stream || sibling.borrowed.ids.size === 0) continue;
      for (const id of sibling.borrowed.ids) {
        const template = stream.templates!.template(id);
        const known = sibling.templates!.template(id);
        if (!template || (known && sameDefinition(known, template))) continue;
        copy(template, sibling, nowMs);
      }
    }
  }
}

function agreed(stream: Stream, siblings: readonly Stream[], id: number): Template | undefined {
  let found: Template | undefined;
  for (const sibling of siblings) {
    const template = sibling === stream ? undefined : sibling.templates?.template(id);
    if (!template) continue;
    if (found && !sameDefinition(found, template)) return undefined;
    found = template;
  }
  return found;
}

function copy({ definition, format, options }: Template, to: Stream, nowMs: number): void {
  to.templates!.define(definition, 0, definition.length, format, options, nowMs);
}

function sameDefinition(a: Template, b: Template): boolean {
  return a.options === b.options && Buffer.compare(a.definition, b.definition) === 0;
}
