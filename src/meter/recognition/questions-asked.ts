import { type HashSecrets, hashEnd, hashStep } from '../key-hash.ts';

/** 65,536 questions that wait for their answer. */
const PLACES = 65_536;
/** Resolvers that answer later are not waited for (resolv.conf(5): 5 s, twice). */
const MOST_MS = 15_000;

/**
 * Questions of DNS that were seen and not answered yet, so that an answer names addresses only for who asked for it: with the same ends, transaction and name. Each question
 * lies where its secret hash says, and gives way to a later one there.
 */
export class QuestionsAsked {
  private readonly secrets: HashSecrets;
  private readonly hashes = new Int32Array(PLACES);
  private readonly askedMs = new Float64Array(PLACES).fill(Number.NEGATIVE_INFINITY);

  constructor(secrets: HashSecrets) {
    this.secrets = secrets;
  }

  /** Stands for one question: `name` is a hash of what is asked for. */
  question(
    client: Uint32Array,
    clientPort: number,
    server: Uint32Array,
    serverPort: number,
    transaction: number,
    name: number,
  ): number {
    const { secrets } = this;
    const m = secrets.multiplier;
    const ends = hashStep(hashEnd(secrets, client, clientPort), hashEnd(secrets, server, serverPort), m);
    return hashStep(hashStep(hashStep(ends, transaction, m), name, m), secrets.finish, m);
  }

  note(question: number, timeMs: number): void {
    const place = placeOf(question);
    this.hashes[place] = question;
    this.askedMs[place] = timeMs;
  }

  /** Whether that was asked; it is answered then. */
  answered(question: number, timeMs: number): boolean {
    const place = placeOf(question);
    if (this.hashes[place] !== question || timeMs - this.askedMs[place]! > MOST_MS) return false;
    this.askedMs[place] = Number.NEGATIVE_INFINITY;
    return true;
  }
}

function placeOf(hash: number): number {
  return hash & (PLACES - 1);
}
