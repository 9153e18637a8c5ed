import type { Faults } from './faults.ts';
import type { Iam } from './iam.ts';
import type { Meter } from './meter.ts';
import type { Metrics } from './ports.ts';
import type { Store } from './store.ts';

/** The local cloud's own account and region; no AWS account or region has these names. */
export const ACCOUNT = '000000000000';
export const REGION = 'xx-local-1';
/** The region in which CloudFront requires its firewalls and certificates. One stack of each stage is there, and a few services serve it too. */
export const EDGE_REGION = 'us-east-1';

/** The addresses of the local cloud, all on loopback. */
export interface Addresses {
  /** The API, the WebSocket and, by Host header, the apps: `http://127.0.0.1:4510`. */
  readonly front: string;
  /** The AWS endpoint, the image registry and the sign-in pages: the port after the front's. */
  readonly aws: string;
  /** The Kubernetes API: two ports after the front's. */
  readonly kubernetes: string;
}

/** The shared parts of every room. */
export interface Kernel {
  readonly dataDir: string;
  readonly addresses: Addresses;
  readonly iam: Iam;
  readonly meter: Meter;
  readonly store: Store;
  /** The destination of measurements that alarms evaluate; a bench of single rooms has none. */
  readonly metrics?: Metrics;
  /** The operator's planned faults; a bench of single rooms has none. */
  readonly faults?: Faults;
  /** A line for the operator, shown with `--verbose`. */
  note(line: string): void;
}
