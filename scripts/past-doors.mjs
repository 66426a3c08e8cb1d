import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a room gives at its door, by name: the file behind it, and its name there. */
function behindDoor(door) {
  const names = new Map();
  for (const [, list, file] of readFileSync(door, 'utf8').matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gm)) {
    for (const name of namesIn(list)) names.set(name.given, { file: join(dirname(door), file), own: name.own });
  }
  return names;
}

/** Of `a, b as c`; types are nothing at run time. */
function namesIn(list) {
  const names = list.split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => {
      const [own, given = own] = name.split(' as ');
      return { own, given };
    });
}

/**
 * What enters a room by its door reads, for the bundler, all that the door leads to: `weir meter` would be given the database with the four words that it
 * takes from the room that has it. So each name is taken from the file that has it. The lines stay where they are, for the maps of the source.
 */
export const pastDoors = {
  name: 'past-doors',
  transform: {
    filter: { id: /\.tsx?$/ },
    handler: (code, id) => ({
      code: code.replace(/^import \{([^}]*)\} from '(\.\.?\/[^']*\/index\.ts)';/gm, (whole, list, path) => {
        const behind = behindDoor(join(dirname(id), path));
        const lines = namesIn(list).map(({ own: given, given: here }) => {
          const { file, own } = behind.get(given);
          return `import { ${own} as ${here} } from '${file}';`;
        });
        return lines.join(' ') + '\n'.repeat(whole.split('\n').length - 1);
      }),
      map: null,
    }),
  },
};
