import type { ProcessFacts } from '../../system/index.ts';
import { isOption, isQemu, isUserNetwork, NETWORK_OPTIONS } from './machine-name.ts';
import { lastPart } from './process-name.ts';

/** No name is stored with more bytes: a file has no longer one, and processes may call themselves anything. */
const MOST_NAME_BYTES = 254;
/** A longer path is remembered by its last part alone. */
const MOST_PATH_BYTES = 1_024;
/** The program, and words that may be a script. */
const NAMING_WORDS = 4;

const room = new Uint8Array(MOST_NAME_BYTES);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is remembered of a process, whose command line and path are as long as whoever started it wanted: what names are made of, and no more. */
export function remembered(facts: ProcessFacts): ProcessFacts {
  const { executable, command } = facts;
  return {
    ...facts,
    executable: Buffer.byteLength(executable) > MOST_PATH_BYTES ? cutName(lastPart(executable)) : executable,
    command: isQemu(executable, command) ? guestWords(command) : command.slice(0, NAMING_WORDS).map(shortWord),
  };
}

/** Whole characters, in at most 254 bytes; a string of its own. */
export function cutName(name: string): string {
  return decoder.decode(room.subarray(0, encoder.encodeInto(name, room).written));
}

/** Of a path the end says more than its beginning. */
function shortWord(word: string): string {
  if (Buffer.byteLength(word) <= MOST_NAME_BYTES) return word;
  return cutName(word.startsWith('-') ? word : lastPart(word));
}

/** What says how the guest of a QEMU is called, and whether it has user networking: each once. */
function guestWords(command: readonly string[]): string[] {
  const words = command.slice(0, 1).map(shortWord);
  const pair = (at: number) => {
    if (at > 0) words.push(...command.slice(at, at + 2).map(cutName));
  };
  const options = (names: readonly string[]) => (word: string) => names.some((name) => isOption(word, name));
  pair(command.findIndex(options(['name'])));
  pair(command.findIndex(options(['uuid'])));
  const isNetwork = options(NETWORK_OPTIONS);
  const user = command.findIndex((word, at) => isNetwork(word) && isUserNetwork(command[at + 1] ?? ''));
  pair(user > 0 ? user : command.findIndex(isNetwork));
  const bare = command.find(options(['nodefaults']));
  if (bare !== undefined) words.push(bare);
  return words;
}
