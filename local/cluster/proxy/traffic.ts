import type { Metrics } from '../../kernel/ports.ts';

/** The dimension of the load balancer's metrics: the last part of an ARN. */
export const LOAD_BALANCER = { LoadBalancer: 'app/gantry-local/0000000000000000' };

/** The load balancer's counts for one target group. */
export interface TargetMeters {
  /** A target was chosen for a request. */
  requested(): void;
  /** The target's answer began, some milliseconds after the request. */
  answered(status: number, ms: number): void;
  /** No connection to the target was made. */
  unreached(): void;
}

/** The meters of a target group, by its name in metrics. */
export type Traffic = (targetGroup: string) => TargetMeters;

/** The maximum number of remembered target groups: the limit of an Application Load Balancer. */
const MOST = 100;

/**
 * Publishes traffic by target group, and as a whole, as an Application Load Balancer does: a connection that the app closes without an answer is a request and no error.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 */
export function createTraffic(metrics: Metrics | undefined): Traffic {
  const known = new Map<string, TargetMeters>();
  return (targetGroup) => {
    const found = known.get(targetGroup);
    if (found !== undefined) return found;
    const made = metersOf(targetGroup, metrics);
    if (known.size >= MOST) known.clear();
    known.set(targetGroup, made);
    return made;
  };
}

function metersOf(targetGroup: string, metrics: Metrics | undefined): TargetMeters {
  const published = [LOAD_BALANCER, { ...LOAD_BALANCER, TargetGroup: targetGroup }];
  const meter = (name: string) => {
    const meters = published.map((dimensions) => metrics?.meter({ namespace: 'AWS/ApplicationELB', name, dimensions }));
    return (value: number) => {
      for (const count of meters) count?.(value);
    };
  };
  const [requests, times, failed, unreached] = [
    ...[meter('RequestCount'), meter('TargetResponseTime')],
    ...[meter('HTTPCode_Target_5XX_Count'), meter('TargetConnectionErrorCount')],
  ] as const;
  return {
    requested: () => requests(1),
    unreached: () => unreached(1),
    answered(status, ms) {
      times(ms / 1000);
      if (status >= 500) failed(1);
    },
  };
}
