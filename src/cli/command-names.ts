/** The commands, in the order of the help, each with its line there. */
export const SUMMARIES = {
  up: 'runs a node: collector, store, queries and the API',
  agent: 'meters this host alone, with little memory: records and answers, opens no port',
  query: 'a grouped answer: who, what and how much, and what the numbers are worth',
  flows: 'flow records, one by one',
  report: 'a ready-made report; without a name it lists them',
  label: 'why a flow has its names',
  top: 'the live view: what this machine sends and receives, second by second',
  export: 'flow records into a file, or to another collector',
  import: 'captures of exports or of traffic, and IPFIX files, into the store',
  meter: 'captures of traffic into flows, on stdout and nowhere else',
  sources: 'what was imported, with its provenance',
  probe: 'meters an interface and exports its flows; stores nothing',
  host: "what may be recorded of this machine's own traffic: its privacy policy",
  user: 'who may sign in, with which role and limit',
  token: 'tokens by which programs ask',
  audit: 'who asked and changed what',
  doctor: 'what this machine can do, what is wrong, and what to change',
  demo: 'a store with a week of a made-up campus, and the truth of what is in it',
  bench: 'runs a benchmark of bench/; without a name it lists them',
} as const;

export type CommandName = keyof typeof SUMMARIES;

export const COMMAND_NAMES = Object.keys(SUMMARIES) as CommandName[];

/** The command that a line asks for, or asks help for; null where it names none that there is. */
export function commandAskedFor(argv: readonly string[]): CommandName | null {
  const words = argv.filter((word) => !word.startsWith('-'));
  const word = words[0] === 'help' ? words[1] : words[0];
  return COMMAND_NAMES.find((name) => name === word) ?? null;
}
