import type { Command } from 'commander';
import { newCommand } from './command-line.ts';

export function reportCommand(): Command {
  return newCommand('report', 'a ready-made report').argument('<name>');
}
