import type { SchemeFile } from './categories/scheme.ts';

/** What configuration adds to the names that come with Weir: plain data, which crosses to threads and stands at the head of journal files. */
export interface NamingSettings {
  /** The name of a scheme that comes with Weir, or one of the user's; absent: `default`. */
  readonly scheme?: string | SchemeFile;
  readonly applications?: Readonly<Record<string, UserApplication>>;
  readonly services?: Readonly<Record<string, UserService>>;
  /** By the name of the process. */
  readonly processes?: Readonly<Record<string, UserProcess>>;
  /** Names of applications and services by category, over those of the scheme. */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
  /** The first that holds counts. */
  readonly rules?: readonly LabelRule[];
}

export interface UserApplication {
  readonly tcp?: readonly number[] | undefined;
  readonly udp?: readonly number[] | undefined;
  readonly category?: string | undefined;
}

export interface UserService {
  readonly domains?: readonly string[] | undefined;
  readonly category?: string | undefined;
}

export interface UserProcess {
  readonly application?: string | undefined;
  readonly service?: string | undefined;
  /** On which of its flows; absent: all. */
  readonly side?: 'server' | 'client' | undefined;
}

/** What is written into flows for which a filter holds. */
export interface LabelRule {
  readonly filter: string;
  readonly application?: string | undefined;
  readonly service?: string | undefined;
  readonly category?: string | undefined;
}

export const NO_NAMING: NamingSettings = {};
