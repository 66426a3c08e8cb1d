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
      if (session.borrowed.size === 0 && nowMs - receivedMs < PATIENCE_MS) continue;
      if (session.template(templateId)) continue;
      const template = agreed(stream, siblings, templateId);
      if (!template) continue;
      session.borrow(template, nowMs);
      taken += 1;
    }
    return taken;
  }

  /** When it was last looked for some, and the numbers of those that are borrowed. */
  static save({ templates, borrowed }: Stream): readonly number[] {
    return [borrowed.lookedMs, ...(templates?.borrowed ?? [])];
  }

  /** What `save` wrote; of anything else nothing. */
  static load(stream: Stream, saved: unknown): void {
    if (!Array.isArray(saved) || !saved.every(Number.isFinite)) return;
    const [lookedMs, ...ids] = saved as number[];
    stream.borrowed.lookedMs = lookedMs ?? 0;
    for (const id of ids) if (stream.templates?.template(id)) stream.templates.borrowed.add(id);
  }

  /** The stream was told templates: those who borrowed them follow. What a stream was told itself is no longer borrowed. */
  static told(stream: Stream, siblings: readonly Stream[], nowMs: number): void {
    for (const sibling of siblings) {
      if (sibling === stream) continue;
      for (const id of sibling.templates!.borrowed) {
        // One that is borrowed itself says nothing new.
        const template = stream.templates!.borrowed.has(id) ? undefined : stream.templates!.template(id);
        const known = sibling.templates!.template(id);
        if (!template || (known && sameDefinition(known, template))) continue;
        sibling.templates!.borrow(template, nowMs);
      }
    }
  }
}

/** The definition in which all other ports agree that were told it themselves. */
function agreed(stream: Stream, siblings: readonly Stream[], id: number): Template | undefined {
  let found: Template | undefined;
  for (const sibling of siblings) {
    if (sibling === stream || sibling.templates!.borrowed.has(id)) continue;
    const template = sibling.templates!.template(id);
    if (!template) continue;
    if (found && !sameDefinition(found, template)) return undefined;
    found = template;
  }
  return found;
}

function sameDefinition(a: Template, b: Template): boolean {
  return a.options === b.options && Buffer.compare(a.definition, b.definition) === 0;
}
