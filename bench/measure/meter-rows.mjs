// A capture into rows of flows in memory and no further, in a process of its own: what metering costs without what is done with the flows. Prints sums as JSON.
import { allColumnNames, FlowBatch, getWide, TextColumns } from '../../dist/flow/index.js';
// By their files: the room's door would load the store and its database as well, which takes longer than metering a million packets.
import { trafficOptions } from '../../dist/ingest/meter-settings.js';
import { TrafficReader } from '../../dist/ingest/traffic-reader.js';

const [file, activeSeconds] = process.argv.slice(2);
const texts = new TextColumns();
const batch = new FlowBatch(4_096, allColumnNames);
const sums = { flows: 0, packets: 0, bytes: 0 };

function take() {
  const [packets, bytes] = [batch.u32('raw_packets'), batch.u32('raw_bytes')];
  for (let row = 0; row < batch.rows; row++) {
    sums.packets += getWide(packets, row);
    sums.bytes += getWide(bytes, row);
  }
  sums.flows += batch.rows;
}

const next = async () => {
  take();
  batch.clear();
  texts.begin(batch);
  return batch;
};
const options = trafficOptions({ activeMs: Number(activeSeconds) * 1000, maxFlows: 4_000_000 });
await new TrafficReader(options, texts, { next, pause: () => {} }).read(file);
take();
console.log(JSON.stringify(sums));
