const IS_DEMO = /^demo seed \d+(#\d+)?$/;

/** What the records of a demo have in the column `source`. */
export const demoSource = (seed: number): string => `demo seed ${seed}`;

/** Whether the records of an import are made up. */
export const isDemoSource = (name: string): boolean => IS_DEMO.test(name);
