import { Duration, Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, MathExpression, Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarm, burnRateAlarms, FAILURES, measured, NAMESPACE } from '../constructs/alarms.ts';
import type { Platform } from '../constructs/platform.ts';
import type { BuildsStack } from './builds.ts';
import type { DataStack } from './data.ts';
import type { EdgeStack } from './edge.ts';
import type { EventsStack } from './events.ts';
import type { WorkflowsStack } from './workflows.ts';

const SHORT = Duration.minutes(5);

export interface WatchProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly builds: BuildsStack;
  readonly workflows: WorkflowsStack;
  readonly events: EventsStack;
  readonly edge: EdgeStack;
}

/** Watches the platform itself: objectives with their alarms, single alarms, one dashboard. */
export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id, { description: `Gantry ${props.platform.stage.stage}: alarms and dashboard` });
    this.objectives(props);
    this.deployments(props);
    this.data(props);
    this.apps(props);
    this.dashboard(props);
  }

  /** The objectives: answers of the API, and calls that the platform does not fail. */
  private objectives({ platform, edge }: WatchProps): void {
    burnRateAlarms(this, 'Api', platform, {
      says: 'Requests to the API end with 5xx',
      runbook: 'api-errors',
      budget: 0.001,
      calls: (period) => apiMetric(edge, 'Count', period),
      failures: (period) => apiMetric(edge, '5xx', period),
    });
    burnRateAlarms(this, 'Faults', platform, {
      says: 'Requests, events and steps fail for faults of the platform',
      runbook: 'platform-faults',
      budget: 0.001,
      calls: (period) => measured(platform, 'Calls', 'Sum', period),
      failures: (period) => measured(platform, 'Faults', 'Sum', period),
    });
    alarm(this, 'FunctionFailures', platform, {
      says: 'Functions end without an answer: out of time, out of memory, or not loaded.',
      runbook: 'function-failures',
      metric: failures(platform),
      threshold: 3,
    });
    alarm(this, 'Throttles', platform, {
      says: "Functions are throttled: the account's Lambda concurrency is used up.",
      runbook: 'throttles',
      metric: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: 'Sum', period: SHORT }),
      threshold: 1,
      periods: 3,
      breaching: 2,
    });
  }

  private deployments({ platform, builds, workflows: { deploy, delete: deletion } }: WatchProps): void {
    const period = Duration.minutes(15);
    // One failed deployment is an app that does not build or start, and its owner hears of it. Several at once are the platform's fault.
    alarm(this, 'DeploymentsFailing', platform, {
      says: 'Five deployments failed within fifteen minutes.',
      runbook: 'deployments-failing',
      metric: deploy.metricFailed({ period }),
      threshold: 5,
    });
    alarm(this, 'MachinesStuck', platform, {
      says: 'A deployment ran into the time limit of its machine, or a deletion did not end.',
      runbook: 'machines-stuck',
      metric: new MathExpression({
        expression: 'late + failed + stuck',
        usingMetrics: {
          late: deploy.metricTimedOut({ period }),
          failed: deletion.metricFailed({ period }),
          stuck: deletion.metricTimedOut({ period }),
        },
        period,
      }),
      threshold: 1,
    });
    const built = (metricName: string) =>
      new Metric({
        namespace: 'AWS/CodeBuild',
        metricName,
        dimensionsMap: { ProjectName: builds.project.projectName },
        statistic: 'Sum',
        period: Duration.hours(1),
      });
    alarm(this, 'BuildsFailing', platform, {
      says: 'Most builds of an hour failed, five at least.',
      runbook: 'builds-failing',
      metric: new MathExpression({
        expression: 'IF(failed >= 5, failed / builds, 0)',
        usingMetrics: { failed: built('FailedBuilds'), builds: built('Builds') },
        period: Duration.hours(1),
      }),
      threshold: 0.5,
    });
  }

  private data({ platform, data, events }: WatchProps): void {
    alarm(this, 'EventsLate', platform, {
      says: 'Events wait for more than a minute before the relay sends them.',
      runbook: 'events-late',
      metric: events.relay.metric('IteratorAge', { period: SHORT, statistic: 'Maximum' }),
      threshold: 60_000,
    });
    alarm(this, 'ConsumersLate', platform, {
      says: 'A consumer applies events that are more than five minutes old.',
      runbook: 'events-late',
      metric: measured(platform, 'EventAge', 'Maximum', SHORT),
      threshold: 300,
    });
    alarm(this, 'DeadLetters', platform, {
      says: 'There are events that a consumer could not apply.',
      runbook: 'dead-letters',
      metric: measured(platform, 'DeadLetters', 'Maximum', Duration.minutes(15)),
      threshold: 1,
    });
    const throttled = (metricName: string) =>
      new Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap: { TableName: data.table.tableName },
        statistic: 'Sum',
        period: SHORT,
      });
    alarm(this, 'TableThrottled', platform, {
      says: 'The table refuses reads or writes.',
      runbook: 'table-throttled',
      metric: new MathExpression({
        expression: 'reads + writes',
        usingMetrics: { reads: throttled('ReadThrottleEvents'), writes: throttled('WriteThrottleEvents') },
        period: SHORT,
      }),
      threshold: 10,
    });
  }

  private apps({ platform }: WatchProps): void {
    // The cluster creates the load balancer, so its name is unknown here: a query finds those of the account.
    alarm(this, 'LoadBalancerErrors', platform, {
      says: 'The load balancer itself answers requests to apps with 5xx.',
      runbook: 'load-balancer',
      metric: new MathExpression({
        expression: 'SELECT SUM(HTTPCode_ELB_5XX_Count) FROM SCHEMA("AWS/ApplicationELB", LoadBalancer)',
        usingMetrics: {},
        period: SHORT,
      }),
      threshold: 20,
      periods: 3,
      breaching: 2,
    });
    alarm(this, 'PendingPods', platform, {
      says: 'Pods of apps find no node for more than five minutes.',
      runbook: 'pending-pods',
      metric: measured(platform, 'PendingPods', 'Minimum', Duration.minutes(15)),
      threshold: 1,
    });
    alarm(this, 'UnreadyPods', platform, {
      says: 'At least half of the pods of apps, five at least, are not ready: targets of the load balancer are unhealthy.',
      runbook: 'unready-pods',
      metric: measured(platform, 'UnreadyShare', 'Minimum', Duration.minutes(15)),
      threshold: 50,
    });
  }

  private dashboard({ platform, edge, workflows: { deploy }, data }: WatchProps): void {
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 8, height: 6 });
    const own = (name: string, statistic = 'Sum') => measured(platform, name, statistic, SHORT);
    const kinds = ['request', 'event', 'step'].map(
      (Kind) =>
        new Metric({
          namespace: NAMESPACE,
          metricName: 'Duration',
          dimensionsMap: { Stage: platform.stage.stage, Kind },
          statistic: 'p95',
          label: Kind,
          period: SHORT,
        }),
    );
    const board = new Dashboard(this, 'Dashboard', { dashboardName: `gantry-${platform.stage.stage}` });
    board.addWidgets(
      new TextWidget({ markdown: `# Gantry ${platform.stage.stage}\nWhat to do: docs/runbooks`, width: 24, height: 2 }),
    );
    board.addWidgets(
      graph(
        'Requests, and those that ended with 5xx',
        [apiMetric(edge, 'Count', SHORT)],
        [apiMetric(edge, '5xx', SHORT)],
      ),
      graph('Calls, and faults of the platform', [own('Calls')], [own('Faults'), failures(platform)]),
      graph('95th percentile of durations, ms', kinds),
    );
    board.addWidgets(
      graph('Deployments', [deploy.metricStarted({ period: SHORT }), deploy.metricFailed({ period: SHORT })]),
      graph('Events: age in seconds, dead letters', [own('EventAge', 'Maximum')], [own('DeadLetters', 'Maximum')]),
      graph(
        'Pods without a node, share that is not ready',
        [own('PendingPods', 'Maximum')],
        [own('UnreadyShare', 'Maximum')],
      ),
    );
    board.addWidgets(
      graph('Table: units', [
        data.table.metricConsumedReadCapacityUnits({ period: SHORT }),
        data.table.metricConsumedWriteCapacityUnits({ period: SHORT }),
      ]),
    );
  }
}

function apiMetric({ api }: EdgeStack, metricName: string, period: Duration): Metric {
  return new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: { ApiId: api.apiId },
    statistic: 'Sum',
    period,
  });
}

function failures(platform: Platform): Metric {
  return new Metric({
    namespace: `${NAMESPACE}/${platform.stage.stage}`,
    metricName: FAILURES,
    statistic: 'Sum',
    period: SHORT,
  });
}
