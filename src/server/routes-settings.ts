import { z } from 'zod';
import { type Api, answered, typed } from './api-schema.ts';
import { placesOf } from './config.ts';
import { describeValue, type NodeConfig, SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

const settingSchema = z.object({
  name: z.string().describe('its key in the file of settings'),
  value: z
    .string()
    .describe(
      'as the file has it in one line; of secrets and of lists whose addresses may hold some: how many there are',
    ),
  set_by: z.string().nullable().describe('key of the file, variable or flag; null: it is the default'),
  meaning: z.string(),
});

const networksSchema = z.object({
  home: z.array(z.string()),
  sites: z.record(
    z.string(),
    z.object({ prefixes: z.array(z.string()), exporters: z.array(z.string()), vlans: z.number().describe('how many') }),
  ),
  subnets: z.record(z.string(), z.array(z.string())),
});

const answerSchema = z.object({ settings: z.array(settingSchema), networks: networksSchema });
type SettingsAnswer = z.output<typeof answerSchema>;

/** Values that are secrets, or may hold one in a URL: of these nobody is told more than whether they are set. */
const HIDDEN = new Set<SettingName>(['http_token', 'blocklists', 'snmp']);

/** What a node runs with, and where each value is from. A node reads its settings when it starts. */
export function addSettingsRoute(api: Api, config: NodeConfig): void {
  const answer = settingsAnswer(config);
  typed(api).get(
    '/api/v1/settings',
    {
      config: { needs: 'admin' },
      schema: {
        summary: 'The settings that the node runs with, and where each was set',
        tags: ['node'],
        response: answered(answerSchema),
      },
    },
    async () => answer,
  );
}

function settingsAnswer(config: NodeConfig): SettingsAnswer {
  const places = placesOf(config);
  const sites = Object.entries(config.sites).map(([name, { prefixes, exporters, vlans }]) => [
    name,
    { prefixes, exporters, vlans: vlans.length },
  ]);
  return {
    settings: SETTING_NAMES.map((name) => ({
      name,
      value: HIDDEN.has(name) ? hidden(config[name]) : describeValue(name, config[name]),
      set_by: places.get(name) ?? null,
      meaning: SETTINGS[name].meaning,
    })),
    networks: {
      home: [...config.home],
      sites: Object.fromEntries(sites),
      subnets: config.subnets as SettingsAnswer['networks']['subnets'],
    },
  };
}

function hidden(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : String(value.length);
  return value === null ? 'none' : 'set';
}
