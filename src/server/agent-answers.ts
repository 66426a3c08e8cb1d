import type { Socket } from 'node:net';
import type { Log } from '../base/index.ts';
import type { JournalledStore } from '../ingest/index.ts';
import { filterSets, type NamingSettings } from '../label/index.ts';
import { layoutOf } from '../store/index.ts';
import type { AskParent } from './agent-ask.ts';
import { catchUp } from './agent-catch-up.ts';
import type { AgentStoreStart } from './agent-messages.ts';
import { AgentState } from './agent-state.ts';
import { buildApi } from './api.ts';
import type { Api } from './api-schema.ts';
import { type LocalQueryService, localQueryService } from './local-query-service.ts';
import { networksOf } from './networks.ts';
import { networkSources } from './places/network-sources.ts';
import type { PlacesAtRest } from './places/places-at-rest.ts';
import type { QueryService } from './query-service.ts';
import type { NodeConfig } from './settings.ts';
import { weirVersion } from './version.ts';

const MAX_RUNNING_QUERIES = 2;
const MAX_WAITING_QUERIES = 32;

interface Context {
  readonly start: AgentStoreStart;
  readonly config: NodeConfig;
  readonly naming: NamingSettings | undefined;
  readonly places: PlacesAtRest;
  readonly log: Log;
}

/** The API of an agent, over connections that its parent took. It begins with the first of them. */
export class AgentAnswers {
  /** Connections that are open. */
  open = 0;
  private readonly store: JournalledStore;
  private readonly ask: AskParent;
  private readonly context: Context;
  private service: LocalQueryService | null = null;
  private api: Promise<Api> | null = null;

  constructor(store: JournalledStore, ask: AskParent, context: Context) {
    this.store = store;
    this.ask = ask;
    this.context = context;
  }

  async take(socket: Socket): Promise<void> {
    this.open += 1;
    socket.once('close', () => {
      this.open -= 1;
    });
    this.api ??= this.start();
    const { server } = await this.api;
    server.emit('connection', socket);
    socket.resume();
  }

  async close(): Promise<void> {
    await (await this.api?.catch(() => null))?.close();
    await this.service?.stop();
  }

  private async start(): Promise<Api> {
    const { config, naming, places, log, start } = this.context;
    const { tmp } = layoutOf(start.data);
    const sets = filterSets(networksOf(config));
    const service = localQueryService(await this.store.reader(), {
      maxRunning: MAX_RUNNING_QUERIES,
      maxWaiting: MAX_WAITING_QUERIES,
      timeoutMs: config.query_timeout,
      askAboveMs: config.query_ask,
      scratchDirectory: tmp,
      sets,
      asName: (asn) => places.asName(asn),
      networkSources: () => networkSources(places.status().sources),
    });
    this.service = service;
    return buildApi({
      service: this.upToDate(service),
      node: new AgentState(this.store, this.ask, service, places, start.startedMs, 'home' in sets),
      log,
      version: weirVersion(),
      door: { kind: 'unix' },
      token: null,
      names: [],
      sets,
      labels: { networks: networksOf(config), naming, lookUps: () => places.lookUp() },
      tempDirectory: tmp,
    });
  }

  /** Each question is about all that was received before it. */
  private upToDate(service: QueryService): QueryService {
    const fresh = () => catchUp(this.store, this.ask);
    return {
      query: (query, ask) => fresh().then(() => service.query(query, ask)),
      flows: (query, ask) => fresh().then(() => service.flows(query, ask)),
      report: (name, request, ask) => fresh().then(() => service.report(name, request, ask)),
      export: (query, file, ask) => fresh().then(() => service.export(query, file, ask)),
      running: () => service.running(),
      cancel: (id) => service.cancel(id),
    };
  }
}
