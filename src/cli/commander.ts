import { createRequire } from 'node:module';

/** By `require`: to import CommonJS Node compiles a lexer for it, which takes 5 MB as long as the process lives, an agent for one. */
const commander = createRequire(import.meta.url)('commander') as typeof import('commander');

export const { Argument, Command, CommanderError, InvalidArgumentError, Option } = commander;
export type Command = import('commander').Command;
export type CommanderError = import('commander').CommanderError;
