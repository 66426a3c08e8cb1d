import type { Command } from 'commander';
import { newCommand } from './command-line.ts';
import { COMMAND_NAMES, type CommandName, commandAskedFor } from './command-names.ts';

/** A command brings the rooms that it needs: those of one alone are read, or a word of help would wait for database and API. */
const LOAD: Readonly<Record<CommandName, () => Promise<Command>>> = {
  up: async () => (await import('./command-up.ts')).upCommand(),
  agent: async () => (await import('./command-agent.ts')).agentCommand(),
  query: async () => (await import('./command-query.ts')).queryCommand(),
  flows: async () => (await import('./command-flows.ts')).flowsCommand(),
  report: async () => (await import('./command-report.ts')).reportCommand(),
  label: async () => (await import('./command-label.ts')).labelCommand(),
  top: async () => (await import('./command-top.ts')).topCommand(),
  export: async () => (await import('./command-export.ts')).exportCommand(),
  import: async () => (await import('./command-import.ts')).importCommand(),
  meter: async () => (await import('./command-meter.ts')).meterCommand(),
  sources: async () => (await import('./command-sources.ts')).sourcesCommand(),
  probe: async () => (await import('./command-probe.ts')).probeCommand(),
  host: async () => (await import('./command-host.ts')).hostCommand(),
  user: async () => (await import('./command-user.ts')).userCommand(),
  token: async () => (await import('./command-token.ts')).tokenCommand(),
  audit: async () => (await import('./command-audit.ts')).auditCommand(),
  doctor: async () => (await import('./command-doctor.ts')).doctorCommand(),
  demo: async () => (await import('./command-demo.ts')).demoCommand(),
  bench: async () => (await import('./command-bench.ts')).benchCommand(),
};

/** All commands; with what they take is the one that `argv` asks for, or each of them where their list may be shown. */
export async function commandsFor(argv: readonly string[]): Promise<Command[]> {
  const asked = commandAskedFor(argv);
  const onlyNames = asked !== null || argv[0] === '--version' || argv[0] === '-V';
  return Promise.all(COMMAND_NAMES.map((name) => (onlyNames && name !== asked ? newCommand(name) : LOAD[name]())));
}
