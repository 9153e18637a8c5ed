import type { Kind } from './kind.ts';
import { SCHEMAS } from './schema.ts';

/** Kinds that are computed when somebody reads them: nobody writes them, and nothing is stored. */

/** What pods use, as the metrics server shows it. https://github.com/kubernetes/metrics/blob/master/pkg/apis/metrics/v1beta1/types.go */
export const POD_METRICS: Kind = {
  ...{ group: 'metrics.k8s.io', version: 'v1beta1', kind: 'PodMetrics', plural: 'pods' },
  ...{ namespaced: true, strategic: false, computed: true, schema: SCHEMAS.plain },
};

/**
 * The target groups of Services in routes, as EKS Auto Mode shows the groups that it makes.
 * https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
 */
export const TARGET_GROUP_BINDINGS: Kind = {
  ...{ group: 'eks.amazonaws.com', version: 'v1', kind: 'TargetGroupBinding', plural: 'targetgroupbindings' },
  ...{ namespaced: true, strategic: false, computed: true, schema: SCHEMAS.plain },
};

export const COMPUTED_KINDS: readonly Kind[] = [POD_METRICS, TARGET_GROUP_BINDINGS];
