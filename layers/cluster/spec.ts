import type { Scaling, ServiceKind } from '@gantry/contract/schemas/services.ts';
import type * as z from 'zod';
import { RELEASE, type ServiceIds, serviceLabels } from './names.ts';

export type Size = z.infer<typeof Scaling>['size'];

/** What a release runs: one image by digest and one snapshot of configuration. */
export interface ReleaseSpec extends ServiceIds {
  readonly releaseId: string;
  /** Rises with each deployment of the service in the environment; what a newer one has written is left alone. */
  readonly generation: number;
  readonly kind: z.infer<typeof ServiceKind>;
  /** `<repository>@sha256:<digest>` */
  readonly image: string;
  /** What a web app gets as `PORT`; null for the other kinds. */
  readonly port: number | null;
  /** The name that a web service answers at: its health check carries it. */
  readonly host?: string;
  /** When a cron service runs: five fields. */
  readonly schedule?: string;
  /** In which time zone that is meant; UTC where absent. */
  readonly timezone?: string;
  /** What a shell of the image runs; the image's own command where absent. */
  readonly startCommand?: string;
  /** What a shell of the image runs once, before the release starts. */
  readonly releaseCommand?: string;
  /** How long that may take; ten minutes where absent. */
  readonly commandTimeoutSeconds?: number;
  readonly variables: Readonly<Record<string, string>>;
  /** The groups by which its pods reach their databases; none where it has none. */
  readonly securityGroups: readonly string[];
  readonly health: { readonly path: string | null; readonly timeoutSeconds: number };
  readonly size: Size;
  readonly scaling: { readonly minReplicas: number; readonly maxReplicas: number };
  /** How many are to run now; 0 for a release that is kept cold. A cron service has none. */
  readonly replicas: number;
}

/** Names one release, as far as its place in the cluster goes. */
export interface ReleaseRef {
  readonly environmentId: string;
  readonly releaseId: string;
}

/** Whether the cluster chooses the number of pods by their load. */
export function isElastic({ kind, scaling }: ReleaseSpec): boolean {
  return kind !== 'cron' && scaling.maxReplicas > scaling.minReplicas;
}

export function releaseLabels(spec: ReleaseSpec): Record<string, string> {
  return { ...serviceLabels(spec), [RELEASE]: spec.releaseId };
}
