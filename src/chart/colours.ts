const UNKNOWN = ['#8b929a', '#868e96'] as const;

/** One colour for each category, everywhere: of the same lightness, so that none shouts; neighbours in the usual order are far apart. Values: light scheme, dark scheme. */
export const CATEGORIES: Readonly<Record<string, readonly [string, string]>> = {
  Web: ['#1f77b4', '#5aa9e0'],
  Streaming: ['#c2378a', '#e574b9'],
  'Cloud storage': ['#0f9d8a', '#45cdb8'],
  Files: ['#8a6d1c', '#cfae4e'],
  Database: ['#5a4fcf', '#9b93f5'],
  Email: ['#c1572b', '#f09163'],
  Messaging: ['#2e8b3d', '#6cc97b'],
  Social: ['#a23ab8', '#d07fe3'],
  'Voice and conferencing': ['#b0413e', '#ea8481'],
  'Remote desktop': ['#3e7d9c', '#7dbcd9'],
  'Remote log-in': ['#7a5195', '#b592d0'],
  Directory: ['#5f7f2a', '#9fc065'],
  'Remote procedures': ['#9c5b7c', '#d199b8'],
  Queues: ['#417b6e', '#82bdaf'],
  Management: ['#6b6ab0', '#a9a8e6'],
  Updates: ['#b57a12', '#ecb44f'],
  Infrastructure: ['#5c6f82', '#9db1c5'],
  'VPN and tunnels': ['#8f3b5c', '#d0799c'],
  'Peer-to-peer': ['#b23a26', '#ee7f6a'],
  Games: ['#3a8f9c', '#79cdda'],
  Industry: ['#7d6a4f', '#bda98b'],
  Print: ['#84604a', '#c69f87'],
  Backup: ['#4a6fa5', '#8aaee2'],
  'Source code': ['#4d8057', '#8fc299'],
  Unknown: UNKNOWN,
  'not known': UNKNOWN,
  Other: ['#6f7780', '#a5adb5'],
};
/** Those of categories that are seldom beside each other, for names that are no category. */
const SPARE = Object.entries(CATEGORIES)
  .filter(([name, colour]) => colour !== UNKNOWN && name !== 'Other')
  .map(([, colour]) => colour);

export function colourOf(name: string, isDark: boolean): string {
  const known = Object.hasOwn(CATEGORIES, name) ? CATEGORIES[name]! : SPARE[hash(name) % SPARE.length]!;
  return known[isDark ? 1 : 0];
}

/** Colours of names that stand side by side: categories have theirs, of the others no two have the same while there are enough. The same names have the same colours in each session. */
export function coloursOf(names: readonly string[], isDark: boolean): ReadonlyMap<string, string> {
  const colours = new Map<string, string>();
  const taken = new Set<number>();
  for (const name of [...new Set(names)].sort()) {
    if (Object.hasOwn(CATEGORIES, name)) {
      colours.set(name, colourOf(name, isDark));
      continue;
    }
    let at = hash(name) % SPARE.length;
    if (taken.size < SPARE.length) while (taken.has(at)) at = (at + 1) % SPARE.length;
    taken.add(at);
    colours.set(name, SPARE[at]![isDark ? 1 : 0]);
  }
  return colours;
}

/** The same name has the same colour in each session. */
function hash(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)!) >>> 0;
  return sum;
}
