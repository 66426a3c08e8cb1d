import { lookup } from 'node:dns/promises';
import { RateLimit } from '../base/index.ts';
import { openUdpSender, type UdpSender } from '../system/index.ts';
import type { ForwardTarget, HostForwarding } from './piped-messages.ts';
import type { LogLevel } from './producer-messages.ts';

/** A name that is not known, or an address that cannot be reached, is tried again so often. */
const RETRY_MS = 30_000;

/**
 * Sends what the meter of this host writes to a collector as well, each message as one datagram: they are IPFIX already, after the privacy policy, with a sequence
 * by which the collector knows what it lost. What cannot be sent is counted, and waits for nothing: this host keeps its own records.
 */
export class FlowForwarder {
  private forwarded = 0;
  private unsent = 0;
  private readonly target: ForwardTarget;
  private readonly log: (level: LogLevel, text: string) => void;
  private readonly said = new RateLimit(60_000);
  private sender: UdpSender | null = null;
  private opening = false;
  private triedMs = Number.NEGATIVE_INFINITY;
  private refused = 0;
  /** Why there is no way to the collector now; empty where there is. */
  private noWay = '';

  constructor(target: ForwardTarget, log: (level: LogLevel, text: string) => void) {
    this.target = target;
    this.log = log;
  }

  get status(): HostForwarding {
    const { forwarded, unsent, refused, noWay } = this;
    return { to: this.to, forwarded, unsent, refused, trouble: noWay };
  }

  /** Opens the way to the collector; what is not there yet is tried again by `tick`. `nowMs` of a clock that nobody sets. */
  async open(nowMs: number): Promise<void> {
    if (this.sender || this.opening) return;
    this.opening = true;
    this.triedMs = nowMs;
    const { host, port } = this.target;
    try {
      this.sender = openUdpSender((await lookup(host)).address, port);
      this.noWay = '';
      this.log('info', `flows of this host are forwarded to ${this.to}`);
    } catch (error) {
      this.noWay = (error as Error).message;
      this.trouble(nowMs, this.noWay);
    } finally {
      this.opening = false;
    }
  }

  message(bytes: Uint8Array, at: number, length: number, nowMs: number): void {
    if (this.sender?.send(bytes.slice(at, at + length))) {
      this.forwarded += 1;
      this.noWay = '';
      return;
    }
    this.unsent += 1;
    if (!this.sender?.failure) return;
    this.noWay = this.sender.failure.message;
    this.trouble(nowMs, this.noWay);
  }

  tick(nowMs: number): void {
    if (!this.sender && nowMs - this.triedMs >= RETRY_MS) void this.open(nowMs);
    const refused = this.sender?.refused ?? 0;
    if (refused > this.refused) this.trouble(nowMs, 'nobody listens there');
    this.refused = refused;
  }

  close(): void {
    this.sender?.close();
    this.sender = null;
  }

  private get to(): string {
    const { host, port } = this.target;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }

  private trouble(nowMs: number, why: string): void {
    if (this.said.allow(why, nowMs) !== null)
      this.log('warn', `flows of this host are not forwarded to ${this.to}: ${why}`);
  }
}
