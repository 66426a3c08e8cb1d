import { parentPort, workerData } from 'node:worker_threads';
import { setThreadPriority } from '../system/index.ts';
import { drawPicture } from './graph/graph-picture.ts';
import type { GraphThreadData } from './graph/graph-thread.ts';
import type { PictureOrder } from './graph/picture-order.ts';
import { serveCalls } from './thread-rpc.ts';

/** Draws graphs for whoever is not the dashboard: a picture takes a tenth of a second, which the thread that answers does not have. After receiving and questions. */
const NICE = 10;

setThreadPriority(NICE);
const { port } = workerData as GraphThreadData;
serveCalls(port, { calls: { draw: (order: PictureOrder) => drawPicture(order) }, streams: {} });
parentPort!.postMessage('ready');
