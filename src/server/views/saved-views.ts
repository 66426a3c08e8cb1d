import { randomBytes } from 'node:crypto';
import { type Log, systemClock, WeirError } from '../../base/index.ts';
import { type Caller, isAtLeast } from '../access/caller.ts';
import {
  MOST_OF_OWNER,
  MOST_PUBLISHED,
  MOST_SAVED,
  type Publication,
  type PublishedPanel,
  type SavedDashboard,
  type SavedView,
  type ViewsFile,
} from './view-schema.ts';
import { readViews, writeViews } from './views-file.ts';

interface Kinds {
  readonly views: SavedView;
  readonly dashboards: SavedDashboard;
}
export type Kind = keyof Kinds;
const WORDS = { views: 'view', dashboards: 'dashboard' } as const;

/** What the node itself says of what is saved. */
type Kept = 'id' | 'owner' | 'version' | 'created' | 'changed';
export type Given<K extends Kind> = Omit<Kinds[K], Kept>;

/** Views, dashboards and publications of a node. Each change is at rest before it is answered; one that cannot be written has not happened. */
export class SavedViews {
  private readonly path: string;
  private readonly mayPublish: (publication: Publication) => boolean;
  private content: ViewsFile;

  /** `mayPublish`: whether whoever published something still may. */
  constructor(path: string, log: Log, mayPublish: (publication: Publication) => boolean = () => true) {
    this.path = path;
    this.mayPublish = mayPublish;
    this.content = readViews(path, log);
  }

  /** Those that the caller may read. */
  list<K extends Kind>(kind: K, caller: Caller): readonly Kinds[K][] {
    return this.all(kind).filter((saved) => mayRead(saved, caller));
  }

  /** WeirError `not_found` also for what the caller may not read: that there is such an id is told to nobody else. */
  get<K extends Kind>(kind: K, id: string, caller: Caller): Kinds[K] {
    const found = this.all(kind).find((saved) => saved.id === id);
    if (found === undefined || !mayRead(found, caller))
      throw new WeirError('not_found', `there is no ${WORDS[kind]} ${id}`);
    return found;
  }

  add<K extends Kind>(kind: K, given: Given<K>, caller: Caller): Kinds[K] {
    const all = this.all(kind);
    if (all.length >= MOST_SAVED)
      throw new WeirError('usage', `a node keeps ${MOST_SAVED} ${kind}: delete one that nobody uses`);
    if (all.filter(({ owner }) => owner === caller.name).length >= MOST_OF_OWNER)
      throw new WeirError('usage', `${caller.name} has ${MOST_OF_OWNER} ${kind}, and nobody may have more: delete one`);
    const now = systemClock.now();
    const made = { ...given, id: newId(9), owner: caller.name, version: 1, created: now, changed: now };
    this.write(kind, [...all, made as unknown as Kinds[K]]);
    return made as unknown as Kinds[K];
  }

  /** Another in its place. `version` is the one that the caller has seen: WeirError `conflict` where it is not the last any more. */
  replace<K extends Kind>(kind: K, id: string, given: Given<K>, version: number, caller: Caller): Kinds[K] {
    const before = this.writable(kind, id, version, caller);
    const after = { ...before, ...given, version: before.version + 1, changed: systemClock.now() };
    this.write(
      kind,
      this.all(kind).map((saved) => (saved.id === id ? after : saved)),
    );
    return after;
  }

  /** Its publications end with it. */
  remove(kind: Kind, id: string, version: number, caller: Caller): void {
    this.writable(kind, id, version, caller);
    const publications = this.content.publications.filter(({ of }) => of !== id);
    this.commit({
      ...this.content,
      [kind]: this.all(kind).filter((saved) => saved.id !== id),
      publications,
    });
  }

  /**
   * A user is gone: what was theirs alone goes too, and what they published. What they shared stays for the others, as that of nobody: whoever gets the same name later is
   * another person.
   */
  forget(user: string): void {
    const left = <K extends Kind>(kind: K) =>
      this.all(kind)
        .filter(({ owner, shared }) => owner !== user || shared)
        .map((saved) => (saved.owner === user ? { ...saved, owner: `${user} (removed)` } : saved));
    const publications = this.content.publications.filter(({ by }) => by !== user);
    this.commit({ ...this.content, views: left('views'), dashboards: left('dashboards'), publications });
  }

  publish(of: string, title: string, panels: readonly PublishedPanel[], expires: number | null, caller: Caller) {
    const publications = this.publications();
    if (publications.length >= MOST_PUBLISHED)
      throw new WeirError('usage', `a node publishes ${MOST_PUBLISHED} views at most: revoke one`);
    const made: Publication = {
      ...{ id: newId(16), of, title, by: caller.name, limit: caller.limit, expires, panels: [...panels] },
      created: systemClock.now(),
      key: randomBytes(32).toString('hex'),
    };
    this.commit({ ...this.content, publications: [...publications, made] });
    return made;
  }

  /** WeirError `not_found`, as for one that never was; `forbidden` for somebody else's. */
  revoke(id: string, caller: Caller): void {
    const { by } = this.published(id);
    if (by !== caller.name && !isAtLeast(caller, 'admin'))
      throw new WeirError('forbidden', `${id} was published by ${by}: they and admins may revoke it`);
    this.commit({ ...this.content, publications: this.publications().filter((p) => p.id !== id) });
  }

  /** Those that have not expired, and whose publishers still have the right to them. */
  publications(): readonly Publication[] {
    const now = systemClock.now();
    return this.content.publications.filter((p) => (p.expires === null || p.expires > now) && this.mayPublish(p));
  }

  published(id: string): Publication {
    const found = this.publications().find((publication) => publication.id === id);
    if (found === undefined) throw new WeirError('not_found', 'nothing is published here, or not any more');
    return found;
  }

  private all<K extends Kind>(kind: K): readonly Kinds[K][] {
    return this.content[kind] as unknown as readonly Kinds[K][];
  }

  private writable<K extends Kind>(kind: K, id: string, version: number, caller: Caller): Kinds[K] {
    const found = this.get(kind, id, caller);
    if (found.owner !== caller.name && !isAtLeast(caller, 'admin'))
      throw new WeirError('forbidden', `${found.name} is of ${found.owner}: they and admins may change it`);
    if (found.version !== version) {
      throw new WeirError(
        'conflict',
        `${found.name} has been changed meanwhile (version ${found.version}, not ${version}): load it again`,
      );
    }
    return found;
  }

  private write<K extends Kind>(kind: K, all: readonly Kinds[K][]): void {
    this.commit({ ...this.content, [kind]: all });
  }

  private commit(content: ViewsFile): void {
    writeViews(this.path, content);
    this.content = content;
  }
}

function mayRead(saved: { readonly owner: string; readonly shared: boolean }, caller: Caller): boolean {
  return saved.shared || saved.owner === caller.name || isAtLeast(caller, 'admin');
}

/** Of random bytes: who does not know it does not find it. */
function newId(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
