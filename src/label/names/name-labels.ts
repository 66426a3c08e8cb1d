import type { FilterSets } from '../../filter/index.ts';
import { enumCode, type FlowBatch, type TextColumns } from '../../flow/index.ts';
import type { NamingSettings } from '../naming-settings.ts';
import { ARRANGING_APPLICATIONS } from './arranging-applications.ts';
import { CategoryCodes } from './category-codes.ts';
import { otherSide, ownSide, PEER, PROCESS_ASKS, SOURCE } from './client-side.ts';
import { saidByExporter } from './exporter-words.ts';
import { LabelRules } from './label-rules.ts';
import { type NameArrays, NameColumns } from './name-columns.ts';
import { PEER_APPLICATIONS } from './peer-applications.ts';
import { PortNames } from './port-names.ts';
import { serviceOfName } from './server-names.ts';
import { processKey, type Vocabulary, vocabularyOf } from './vocabulary.ts';
import { WordCodes } from './word-codes.ts';

const PORT = enumCode('application_evidence', 'port');
const NAME = enumCode('application_evidence', 'name');
const PAYLOAD = enumCode('application_evidence', 'payload');
const EXPORTER = enumCode('application_evidence', 'exporter');
const PROCESS = enumCode('application_evidence', 'process');
/** The flow itself did not ask for the name of its server. */
const GIVEN_BEFORE = enumCode('server_name_source', 'name');

/** Columns that only words fill, and those that ports fill as well where nothing is there. */
const OF_WORDS = ['service', 'service_evidence'];
const ADDED_TO = ['application', 'application_evidence', 'client_side', ...OF_WORDS];

/** Names are looked up from within a program, whatever it speaks itself. */
const DNS_PORT = 53;

/**
 * Writes `application`, `service`, how they are known, `client_side` and `category`. What a row says already (by a meter that saw payload) is kept
 * unless something stronger speaks. No allocation for a row, but for words that come the first time.
 */
export class NameLabels {
  private readonly texts: TextColumns;
  private readonly columns = new NameColumns();
  private readonly vocabulary: Vocabulary;
  private readonly ports: PortNames;
  private readonly categories: CategoryCodes;
  private readonly exporterWords: WordCodes;
  private readonly serverNames: WordCodes;
  private readonly processes: WordCodes;
  private readonly executables: WordCodes;
  private readonly rules: LabelRules;
  /** 1 for codes of applications that have no servers. */
  private readonly isPeer = new Uint8Array(65_537);
  /** 1 for codes of applications that arrange other conversations. */
  private readonly isArranging = new Uint8Array(65_537);
  private generation = -1;
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  private arrays!: NameArrays;

  /** `sets` are those of the filters of rules. */
  constructor(naming: NamingSettings, texts: TextColumns, sets: FilterSets = {}) {
    const vocabulary = vocabularyOf(naming);
    const { exporterWords, processes, serviceByDomain } = vocabulary;
    const program = (text: string) => processes.get(processKey(text)) ?? [];
    this.texts = texts;
    this.vocabulary = vocabulary;
    this.ports = new PortNames(vocabulary.applications);
    this.categories = new CategoryCodes(vocabulary.scheme, texts);
    this.exporterWords = new WordCodes('exporter_application', (text) => [saidByExporter(exporterWords, text)], texts);
    this.serverNames = new WordCodes(
      'server_name',
      (text) => [{ application: '', service: serviceOfName(serviceByDomain, text) }],
      texts,
    );
    this.processes = new WordCodes('process', program, texts);
    this.executables = new WordCodes('executable', program, texts);
    this.rules = new LabelRules(naming.rules ?? [], this.categories, sets);
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
    if (this.generation !== this.texts.generation) this.learnCodes(batch);
  }

  rows(from: number, to: number): void {
    const { batch } = this;
    if (batch === null || to <= from) return;
    if (this.liveColumns !== batch.liveColumns) {
      this.arrays = this.columns.read(batch, from, this.rules.any);
      this.liveColumns = batch.liveColumns;
      this.rules.bind(batch);
    }
    const { arrays } = this;
    this.blank(batch, from, to);
    if (arrays.isFresh) this.ports.name(arrays, from, to);
    else this.ports.add(arrays, from, to);
    if (arrays.isTold) this.told(batch, from, to);
    if (this.rules.any) this.rules.rows(batch, arrays, from, to);
  }

  /** Columns that are added to, and that nobody filled. */
  private blank(batch: FlowBatch, from: number, to: number): void {
    for (const name of this.arrays.isFresh ? OF_WORDS : ADDED_TO)
      if (batch.isClaimed(name)) batch.array(name)!.fill(0, from, to);
  }

  /** What more than ports is known of rows. */
  private told(batch: FlowBatch, from: number, to: number): void {
    const { categories, isPeer } = this;
    const { application, applicationEvidence, ownerSource, clientSide, category, service } = this.arrays;
    const { exporterApplication, serverName, process, executable } = this.arrays;
    for (let row = from; row < to; row++) {
      if ((exporterApplication[row]! | serverName[row]! | process[row]! | executable[row]!) !== 0)
        this.words(batch, row);
      const spoken = application[row]!;
      if (isPeer[spoken] === 1 && applicationEvidence[row]! > PORT && PROCESS_ASKS[ownerSource[row]!] === 0)
        clientSide[row] = PEER;
      category[row] = categories.of(batch, spoken, service === null ? 0 : service[row]!);
    }
  }

  /** What names of servers, exporters and processes say of a row: the weaker first. */
  private words(batch: FlowBatch, row: number): void {
    const { exporterApplication, serverName, serverNameSource, process, executable } = this.arrays;
    const name = serverName[row]!;
    if (name !== 0) {
      this.serverNames.look(batch, name);
      this.note(row, 0, this.serverNames.service[name]!, serverNameSource[row] === GIVEN_BEFORE ? NAME : PAYLOAD);
    }
    const word = exporterApplication[row]!;
    if (word !== 0) {
      this.exporterWords.look(batch, word);
      this.note(row, this.exporterWords.asServer[word]!, this.exporterWords.service[word]!, EXPORTER);
    }
    // The path of the program is what a process cannot choose.
    const path = executable[row]!;
    const called = process[row]!;
    if (path !== 0) this.process(batch, row, this.executables, path);
    else if (called !== 0) this.process(batch, row, this.processes, called);
  }

  private process(batch: FlowBatch, row: number, words: WordCodes, code: number): void {
    const { srcPort, dstPort, protocol, clientSide, flowDirection } = this.arrays;
    words.look(batch, code);
    const own = ownSide(flowDirection[row]!);
    const side = clientSide[row]!;
    const isServer = side === otherSide(own);
    // A helper that it asked: the name of a host.
    if (!isServer && (own === SOURCE ? dstPort[row] : srcPort[row]) === DNS_PORT) return;
    const asServer = words.asServer[code]!;
    const asClient = words.asClient[code]!;
    const spoken = side === own ? asClient : isServer || asServer === asClient ? asServer : 0;
    const serverPort = side === SOURCE ? dstPort[row]! : srcPort[row]!;
    const isOther = this.isArranging[spoken] === 1 && this.ports.at(protocol[row]!, serverPort) !== spoken;
    this.note(row, isOther ? 0 : spoken, words.service[code]!, PROCESS);
  }

  /** Evidence that is as strong as what stands there, or stronger; what a meter saw itself is not said again by the exporter that passed it on. */
  private note(row: number, application: number, service: number, evidence: number): void {
    const { arrays } = this;
    const held = arrays.applicationEvidence[row]!;
    const repeats = evidence === EXPORTER && held > PORT && application === arrays.application[row];
    if (application !== 0 && evidence >= held && !repeats) {
      arrays.application[row] = application;
      arrays.applicationEvidence[row] = evidence;
    }
    if (service !== 0 && arrays.service !== null && evidence >= arrays.serviceEvidence[row]!) {
      arrays.service[row] = service;
      arrays.serviceEvidence[row] = evidence;
    }
  }

  /** Every name that may come is entered before the first row, so that who finds one later can write its code. */
  private learnCodes(batch: FlowBatch): void {
    const { texts, vocabulary } = this;
    const dictionary = texts.of('application');
    this.isPeer.fill(0);
    this.isArranging.fill(0);
    vocabulary.applications.forEach(({ name }) => {
      const code = dictionary.code(name);
      if (PEER_APPLICATIONS.has(name)) this.isPeer[code] = 1;
      if (ARRANGING_APPLICATIONS.has(name)) this.isArranging[code] = 1;
    });
    for (const service of vocabulary.services) texts.of('service').code(service);
    for (const category of vocabulary.categories) texts.of('category').code(category);
    for (const words of [this.exporterWords, this.serverNames, this.processes, this.executables]) words.forget();
    this.categories.forget();
    this.ports.learnCodes(dictionary, (code) => this.categories.of(batch, code, 0));
    this.rules.learnCodes(texts);
    this.generation = texts.generation;
  }
}
