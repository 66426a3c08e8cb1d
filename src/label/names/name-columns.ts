import { type ColumnArray, type FlowBatch, rowShape } from '../../flow/index.ts';
import { RowColumns } from '../row-columns.ts';

/** The service too, where nothing in the row tells it: other flows may, later, and who finds that in another thread cannot make columns live. */
const ALWAYS = rowShape([
  ...['application', 'application_evidence', 'client_side', 'category'],
  ...['service', 'service_evidence'],
]);
/** Columns of which one must be there for a service to be known. */
const TELL_SERVICES = ['server_name', 'exporter_application', 'process', 'executable', 'service'];
/** Columns that naming only adds to where a writer of rows fills them. */
const SAY_NAMES = [
  ...['application', 'application_evidence', 'client_side', 'service', 'service_evidence', 'owner_source', 'security'],
];

/** The columns that naming reads and writes, of the bound batch; those that it does not have are zeros. */
export interface NameArrays {
  readonly srcPort: ColumnArray;
  readonly dstPort: ColumnArray;
  readonly protocol: ColumnArray;
  readonly flags: ColumnArray;
  readonly ownerSource: ColumnArray;
  readonly flowDirection: ColumnArray;
  readonly exporterApplication: ColumnArray;
  readonly serverName: ColumnArray;
  readonly serverNameSource: ColumnArray;
  readonly process: ColumnArray;
  readonly executable: ColumnArray;
  readonly application: ColumnArray;
  readonly applicationEvidence: ColumnArray;
  readonly clientSide: ColumnArray;
  readonly category: ColumnArray;
  readonly security: ColumnArray;
  /** Null where nothing tells services. */
  readonly service: ColumnArray | null;
  readonly serviceEvidence: ColumnArray;
  /** No writer of rows says anything of their names or sides, so that all of it is written here and nothing read. */
  readonly isFresh: boolean;
  /** Some column says more than ports do. */
  readonly isTold: boolean;
}

/** Makes those live that naming writes, from row `from` on, and gives all as arrays. `services`: they may be known without a column that tells them. */
export class NameColumns {
  private readonly absent = new RowColumns();

  read(batch: FlowBatch, from: number, services: boolean): NameArrays {
    batch.claim(ALWAYS, from);
    const isLive = (name: string) => batch.array(name) !== undefined && !batch.isClaimed(name);
    const withService = services || TELL_SERVICES.some(isLive);
    const isFresh = !SAY_NAMES.some(isLive);
    const column = (physical: string) => this.absent.read(batch, physical);
    return {
      srcPort: column('src_port'),
      dstPort: column('dst_port'),
      protocol: column('protocol'),
      flags: column('tcp_flags'),
      ownerSource: column('owner_source'),
      flowDirection: column('flow_direction'),
      exporterApplication: column('exporter_application'),
      serverName: column('server_name'),
      serverNameSource: column('server_name_source'),
      process: column('process'),
      executable: column('executable'),
      application: column('application'),
      applicationEvidence: column('application_evidence'),
      clientSide: column('client_side'),
      category: column('category'),
      security: column('security'),
      service: withService ? column('service') : null,
      serviceEvidence: column('service_evidence'),
      isFresh,
      isTold: !isFresh || TELL_SERVICES.some(isLive),
    };
  }
}
