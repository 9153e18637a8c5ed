import type { Scaling, ServiceKind } from '@gantry/contract/schemas/services.ts';
import type * as z from 'zod';
import { RELEASE, type ServiceIds, serviceLabels } from './names.ts';

export type Size = z.infer<typeof Scaling>['size'];

/** One image by digest, and one snapshot of settings. */
export interface ReleaseSpec extends ServiceIds {
  readonly releaseId: string;
  /** Rises with each deployment of the service in the environment; objects of a newer generation are not overwritten. */
  readonly generation: number;
  readonly kind: z.infer<typeof ServiceKind>;
  /** `<repository>@sha256:<digest>` */
  readonly image: string;
  /** A web app's `PORT`; null for other kinds. */
  readonly port: number | null;
  /** The host name of a web service, which its health check sends. */
  readonly host?: string;
  /** The schedule of a cron service: five fields. */
  readonly schedule?: string;
  /** The time zone of the schedule; default UTC. */
  readonly timezone?: string;
  /** Run by a shell of the image; default: the image's own command. */
  readonly startCommand?: string;
  /** Run once by a shell of the image, before the release starts. */
  readonly releaseCommand?: string;
  /** Its time limit; default ten minutes. */
  readonly commandTimeoutSeconds?: number;
  readonly variables: Readonly<Record<string, string>>;
  /** The security groups through which its pods reach their databases; none without databases. */
  readonly securityGroups: readonly string[];
  readonly health: { readonly path: string | null; readonly timeoutSeconds: number };
  readonly size: Size;
  readonly scaling: { readonly minReplicas: number; readonly maxReplicas: number };
  /** The number of replicas; 0 for a cold release. A cron service has none. */
  readonly replicas: number;
}

/** Names one release in the cluster. */
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
