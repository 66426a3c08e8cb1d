import { type HashSecrets, hashEnd } from '../key-hash.ts';
import type { NameTable } from './name-table.ts';
import { SetPlaces, sameWords, WAYS } from './set-places.ts';

/** All that a client was given lies in so many sets, and in an eighth of them at most: who asks for more takes places of its own alone, and of few others. */
const SETS_OF_CLIENT = 256;
/** Programs keep connecting to an address after its time to live is over. */
const GRACE_MS = 60_000;
/** A name is believed so long at most. */
const MOST_MS = 3_600_000;
/** Of the time that an answer says, so much counts when one has to give way: who answers with a longer one keeps no place by it. */
const MOST_WORTH_MS = 300_000;

/**
 * Names that clients were given for addresses, by DNS or in a flow of before. An address that has had several for the same client has none: which of them a flow is for
 * cannot be known.
 */
export class NamesSeen {
  /** Those that gave way before their time was over. */
  gaveWay = 0;
  private readonly names: NameTable;
  /** Its times are when an entry may give way. */
  private readonly places: SetPlaces;
  /** Until when an entry is believed, ms. */
  private readonly until: Float64Array;
  private readonly setsOfClient: number;
  private readonly secrets: HashSecrets;
  /** Four words each. */
  private readonly clients: Uint32Array;
  private readonly servers: Uint32Array;
  /** Position of the name; 0: there are several. */
  private readonly positions: Uint32Array;
  private any = false;

  /** `most`: a power of two. */
  constructor(names: NameTable, secrets: HashSecrets, most: number) {
    const sets = Math.max(8, most / WAYS);
    this.names = names;
    this.secrets = secrets;
    this.setsOfClient = Math.min(SETS_OF_CLIENT, sets / 8);
    this.places = new SetPlaces(sets, secrets);
    const { capacity } = this.places;
    this.clients = new Uint32Array(4 * capacity);
    this.servers = new Uint32Array(4 * capacity);
    this.positions = new Uint32Array(capacity);
    this.until = new Float64Array(capacity);
  }

  /** From `nowMs` on `server` has the name at `position` for `client`, for `ttlSeconds` and some time more. */
  add(client: Uint32Array, server: Uint32Array, position: number, ttlSeconds: number, nowMs: number): void {
    const { places, positions, names, until } = this;
    const ttlMs = ttlSeconds * 1000;
    const untilMs = nowMs + Math.min(MOST_MS, ttlMs) + GRACE_MS;
    const worthMs = nowMs + Math.min(MOST_WORTH_MS, ttlMs) + GRACE_MS;
    const place = this.find(client, server);
    this.any = true;
    if (place >= 0 && nowMs <= until[place]!) {
      if (positions[place] !== 0 && positions[place] !== position) {
        names.release(positions[place]!);
        positions[place] = 0;
      }
      until[place] = Math.max(until[place]!, untilMs);
      places.until[place] = Math.max(places.until[place]!, worthMs);
      return;
    }
    const target = place >= 0 ? place : places.weakest(this.first(client, server));
    if (place < 0 && nowMs <= until[target]!) this.gaveWay += 1;
    this.put(target, client, server, position);
    until[target] = untilMs;
    places.until[target] = worthMs;
  }

  /** The position of the name that `client` knows `server` by; 0 none. */
  of(client: Uint32Array, server: Uint32Array, nowMs: number): number {
    if (!this.any) return 0;
    const place = this.find(client, server);
    return place >= 0 && nowMs <= this.until[place]! ? this.positions[place]! : 0;
  }

  private put(place: number, client: Uint32Array, server: Uint32Array, position: number): void {
    const before = this.positions[place]!;
    this.names.holdAgain(position);
    if (before !== 0) this.names.release(before);
    this.positions[place] = position;
    this.clients.set(client, 4 * place);
    this.servers.set(server, 4 * place);
  }

  private first(client: Uint32Array, server: Uint32Array): number {
    return this.places.within(hashEnd(this.secrets, client, 0), hashEnd(this.secrets, server, 0), this.setsOfClient);
  }

  private find(client: Uint32Array, server: Uint32Array): number {
    const first = this.first(client, server);
    for (let place = first; place < first + WAYS; place++) {
      if (
        this.places.until[place] !== 0 &&
        sameWords(this.servers, 4 * place, server, 0) &&
        sameWords(this.clients, 4 * place, client, 0)
      )
        return place;
    }
    return -1;
  }
}
