import { DECODE_ERRORS, type DecodeError } from './decode-errors.ts';

const POSITION = new Map(DECODE_ERRORS.map((cause, i) => [cause, i]));

/** What became of one message. One object for a decoder, filled again by each `decode`. */
export class TemplateResult {
  /** Data records in the message as the protocol counts them: what IPFIX raises its sequence number by. Options records are data records. */
  records = 0;
  /** Data records that describe flows: of this message. */
  flowRecords = 0;
  /** Rows written to the batch, those of held sets included. */
  rows = 0;
  /** Rows that were not made because the sieve did not keep their records. */
  shed = 0;
  /** Flow records that had come before their template, or in an earlier message: not among `records`. */
  lateRecords = 0;
  options = 0;
  templates = 0;
  /** False when the message has sets whose records cannot be counted: their template is not known, or they are cut. */
  exact = true;
  /** Sets that were kept until their template comes. */
  held = 0;
  /** Names, samplers and totals that options told and for which there is no room. */
  overflow = 0;
  /** Records whose bytes are not all there. */
  missing = 0;
  /** Rows whose `time` was moved to our clock. */
  clockCorrected = 0;
  sampledRows = 0;
  unknownSamplingRows = 0;
  /** How often each cause of DECODE_ERRORS was met, by its position there. */
  readonly errors = new Int32Array(DECODE_ERRORS.length);
  /** Whether `errors` holds anything. */
  failed = false;

  clear(): void {
    this.records = 0;
    this.flowRecords = 0;
    this.rows = 0;
    this.shed = 0;
    this.lateRecords = 0;
    this.options = 0;
    this.templates = 0;
    this.exact = true;
    this.held = 0;
    this.overflow = 0;
    this.missing = 0;
    this.clockCorrected = 0;
    this.sampledRows = 0;
    this.unknownSamplingRows = 0;
    if (this.failed) this.errors.fill(0);
    this.failed = false;
  }

  error(cause: DecodeError, count = 1): void {
    if (count === 0) return;
    this.errors[POSITION.get(cause)!]! += count;
    this.failed = true;
  }
}
