import { App, DefaultStackSynthesizer, type IReusableStackSynthesizer, Stack } from 'aws-cdk-lib';
import { acknowledge } from './acknowledgements.ts';
import { type Bundles, bundle } from './constructs/bundle.ts';
import type { Platform } from './constructs/platform.ts';
import { ApiStack } from './stacks/api.ts';
import { BackupStack } from './stacks/backup.ts';
import { BuildsStack } from './stacks/builds.ts';
import { ClusterStack } from './stacks/cluster.ts';
import { DataStack } from './stacks/data.ts';
import { DatabasesStack } from './stacks/databases.ts';
import { EdgeStack } from './stacks/edge.ts';
import { EventsStack } from './stacks/events.ts';
import { FirewallStack } from './stacks/firewall.ts';
import { IdentityStack } from './stacks/identity.ts';
import { LogsStack } from './stacks/logs.ts';
import { OperationsStack } from './stacks/operations.ts';
import { RealtimeStack } from './stacks/realtime.ts';
import { SourceStack } from './stacks/source.ts';
import { UpkeepStack } from './stacks/upkeep.ts';
import { VariablesStack } from './stacks/variables.ts';
import { WatchStack } from './stacks/watch.ts';
import { WorkflowsStack } from './stacks/workflows.ts';
import { readStage, type Stage } from './stage.ts';

/**
 * The CDK app with its one stage, from the stage's configuration, ready to synthesize into `outdir`. Needs no account, region, network or Docker.
 * Throws a `StageError` for an unusable configuration.
 */
export function createApp(outdir: string): App {
  const app = emptyApp(outdir);
  const stage = readStage((key) => app.node.tryGetContext(key));
  addStage(app, stage);
  acknowledge(app, stage);
  return app;
}

/** An app without stacks, with the settings of all Gantry templates. */
export function emptyApp(outdir: string): App {
  return new App({
    outdir,
    analyticsReporting: false,
    // Without this choice the CDK warns at each deployment that a stack in use cannot be removed.
    context: { '@aws-cdk/core:defaultCrossStackReferences': 'strong' },
    // The CLI checks the bootstrap stack's version itself; without the rule no template looks up a parameter.
    defaultStackSynthesizer: new DefaultStackSynthesizer({
      generateBootstrapVersionRule: false,
    }) as IReusableStackSynthesizer,
  });
}

/** Adds the stage's stacks. References run one way, in the order below. Deletes the bundles once the app has its copies. */
export function addStage(app: App, stage: Stage, bundles: Bundles = bundle()): void {
  try {
    const id = (topic: string) => `gantry-${stage.stage}-${topic}`;
    new FirewallStack(app, id('firewall'), stage);
    const { alarms } = new OperationsStack(app, id('operations'), stage);
    const platform: Platform = { stage, bundles, alarms, deadLetters: [] };
    const data = new DataStack(app, id('data'), stage);
    const variables = new VariablesStack(app, id('variables'), stage);
    const identity = new IdentityStack(app, id('identity'), stage);
    const edge = new EdgeStack(app, id('edge'), { platform, data, identity });
    const source = new SourceStack(app, id('source'), { platform, data });
    const cluster = new ClusterStack(app, id('cluster'), platform);
    const builds = new BuildsStack(app, id('builds'), { platform, data, variables });
    const databases = new DatabasesStack(app, id('databases'), { platform, data, cluster });
    const workflows = new WorkflowsStack(app, id('workflows'), {
      platform,
      data,
      variables,
      source,
      builds,
      cluster,
      databases,
    });
    const realtime = new RealtimeStack(app, id('realtime'), { platform, data, edge });
    new LogsStack(app, id('logs'), { platform, data, builds, cluster, realtime });
    const events = new EventsStack(app, id('events'), {
      platform,
      data,
      variables,
      source,
      builds,
      cluster,
      realtime,
      workflows,
      databases,
    });
    new UpkeepStack(app, id('upkeep'), {
      platform,
      data,
      variables,
      builds,
      cluster,
      databases,
      workflows,
      looks: events.looks,
    });
    new ApiStack(app, id('api'), { platform, data, variables, identity, edge, source, builds, cluster, databases });
    new WatchStack(app, id('watch'), { platform, data, builds, workflows, events, edge });
    if (stage.removalPolicy === 'retain') {
      new BackupStack(app, id('backup'), stage, data);
      for (const stack of app.node.children) if (Stack.isStack(stack)) stack.terminationProtection = true;
    }
  } finally {
    bundles.remove();
  }
}
