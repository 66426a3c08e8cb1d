import { FORMAT } from './export-header.ts';
import { definitionBytes } from './template.ts';
import type { TemplateResult } from './template-result.ts';
import type { TemplateSession } from './template-session.ts';

/** Numbers below are those of sets that are no data. */
const FIRST_TEMPLATE_ID = 256;
/** IPFIX: these numbers in a withdrawal stand for all templates, or all options templates. */
const ALL_TEMPLATES = 2;
const ALL_OPTIONS = 3;

/** Takes the templates of one template set or options template set, whose content is [at, end). */
export function readTemplateSet(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  end: number,
  format: number,
  options: boolean,
  nowMs: number,
  session: TemplateSession,
  result: TemplateResult,
): void {
  let p = at;
  while (end - p >= 4) {
    const id = view.getUint16(p);
    const count = view.getUint16(p + 2);
    // Padding: no template has number 0.
    if (id === 0) break;
    if (format === FORMAT.ipfix && count === 0) {
      withdraw(id, options, session);
      p += 4;
      continue;
    }
    const length = definitionBytes(view, p, end, format, options);
    if (length < 0) {
      result.error('bad_length');
      break;
    }
    if (id < FIRST_TEMPLATE_ID) result.error('bad_template');
    else define(bytes, p, length, format, options, nowMs, session, result);
    p += length;
  }
}

function define(
  bytes: Uint8Array,
  at: number,
  length: number,
  format: number,
  options: boolean,
  nowMs: number,
  session: TemplateSession,
  result: TemplateResult,
): void {
  const problem = session.define(bytes, at, length, format, options, nowMs);
  if (problem === null) result.templates += 1;
  else result.error(problem);
}

/** RFC 7011 section 8.1. Over UDP they are not allowed (section 8.4) and yet sent; believed, they cost at most data that is held. */
function withdraw(id: number, options: boolean, session: TemplateSession): void {
  if (id === ALL_TEMPLATES || id === ALL_OPTIONS) session.withdrawAll(id === ALL_OPTIONS);
  else if (session.template(id)?.options === options) session.withdraw(id);
}
