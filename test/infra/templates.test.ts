import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import { pages, routesByContext, webhooks } from '@gantry/contract/routes.ts';
import { subscriptions } from '@gantry/wiring/subscriptions.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { at, ofType, type Placed, referenced, type Synthesis, synthesize } from './synthesis.ts';

let made: Synthesis;
beforeAll(() => {
  made = synthesize();
}, 60_000);

const FUNCTION = 'AWS::Lambda::Function';

/** The entry point of a function, from the name of its log group. */
function entryOf(lambda: Placed): string {
  const group = made.templates.get(lambda.stack)?.Resources[referenced(at(lambda, 'LoggingConfig.LogGroup')) ?? ''];
  return String(group?.Properties.LogGroupName).replace('/gantry/local/functions/', '');
}

describe('the synthesized templates', () => {
  it('are made for any account and region, without a look-up', () => {
    expect(made.stderr).toBe('');
    expect(made.status).toBe(0);
    expect(made.manifest).toContain('aws://unknown-account/unknown-region');
    expect(made.manifest).not.toContain('"missing"');
    // CloudFront's firewall can only be in us-east-1, and no template names that region for anything else.
    expect(
      made.manifest.match(/aws:\/\/unknown-account\/[a-z0-9-]+/g)?.filter((each) => !each.endsWith('region')),
    ).toEqual(['aws://unknown-account/us-east-1']);
    const text = JSON.stringify([...made.templates.values()]);
    expect(text.replaceAll('`firewallArn`', '')).not.toMatch(/\b(us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/);
    expect(text).not.toMatch(/:\d{12}:/);
    expect(text).not.toContain('arn:aws:');
    expect(text).not.toContain('AWS::SSM::Parameter::Value');
  });

  it('leave each stack room below the limit of 500 resources', () => {
    for (const [stack, { Resources }] of made.templates) {
      expect({ stack, roomy: Object.keys(Resources).length < 250 }).toEqual({ stack, roomy: true });
    }
  });

  it('run our functions and no other, on Node 24 and arm64', () => {
    const lambdas = ofType(made, FUNCTION);
    expect(lambdas.map(entryOf).sort()).toEqual(
      [
        ...Object.keys(routesByContext).map((context) => `api/${context}`),
        ...Object.values(subscriptions).map((subscription) => subscription.function),
        'health/hear',
        ...[
          'prepare',
          'fetch',
          'queue',
          'rehearse',
          'release-command',
          'rollout',
          'verify',
          'shift',
          'check',
          'finish',
          'revert',
        ].map((step) => `deploy/${step}`),
        ...['stop-deployments', 'remove-workloads', 'remove-databases', 'remove-records'].map(
          (step) => `delete/${step}`,
        ),
        ...[
          ...[
            'begin',
            'network',
            'provision',
            'restore',
            'available',
            'adopt',
            'credentials',
            'ready',
            'inspect',
            'change',
            'rotate',
          ],
          ...['back-up', 'erase-backup', 'remove', 'forget', 'clean-up'],
        ].map((step) => `database/${step}`),
        'deploy/fail-run',
        ...['claim-build', 'end-build'].map((part) => `builds/${part}`),
        ...['receive', 'deliver'].map((part) => `source/${part}`),
        'schedule/collect',
        'schedule/reconcile',
        'realtime/socket',
        'cluster/bootstrap',
        'edge/publish',
        'events/relay',
        'logs/ingest',
      ].sort(),
    );
    for (const { Properties } of lambdas) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(Properties.Handler).toMatch(/^[a-z]+\/[a-zA-Z-]+\/index\.handler$/);
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
      expect(Properties).not.toHaveProperty('VpcConfig');
    }
  });

  it('let a sign-in return only to loopback or to the dashboard, with the code flow, to a client without a secret', () => {
    const [command, dashboard, ...others] = ofType(made, 'AWS::Cognito::UserPoolClient');
    expect(others).toEqual([]);
    for (const client of [command, dashboard]) {
      expect(client?.Properties).toMatchObject({
        AllowedOAuthFlows: ['code'],
        AllowedOAuthFlowsUserPoolClient: true,
        GenerateSecret: false,
        RefreshTokenRotation: { Feature: 'ENABLED' },
        ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
      });
    }
    const address = { 'Fn::GetAtt': [expect.stringMatching(/^Distribution/), 'DomainName'] };
    const clients = new Map([command, dashboard].map((client) => [client?.stack, client?.Properties.CallbackURLs]));
    expect(Object.fromEntries(clients)).toEqual({
      'gantry-local-identity': redirectUrls,
      'gantry-local-edge': [{ 'Fn::Join': ['', ['https://', address, '/signed-in']] }],
    });
  });

  it('let the internet in only through the distribution, with headers that isolate its pages', () => {
    const [distribution, ...others] = ofType(made, 'AWS::CloudFront::Distribution');
    expect(others).toEqual([]);
    const { DefaultCacheBehavior, CacheBehaviors, Origins } = (distribution?.Properties.DistributionConfig ?? {}) as {
      DefaultCacheBehavior: Record<string, unknown>;
      CacheBehaviors: Record<string, unknown>[];
      Origins: Record<string, unknown>[];
    };
    expect(CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual(['/v1/*', '/docs', '/webhooks/*', '/live']);
    expect(DefaultCacheBehavior.ViewerProtocolPolicy).toBe('redirect-to-https');
    for (const { ViewerProtocolPolicy } of CacheBehaviors) expect(ViewerProtocolPolicy).toBe('https-only');
    // The two APIs refuse requests without the secret.
    const secret = [{ HeaderName: 'x-gantry-edge', HeaderValue: expect.anything() }];
    expect(Origins.filter((origin) => origin.S3OriginConfig === undefined)).toMatchObject([
      { OriginCustomHeaders: secret },
      { OriginCustomHeaders: secret },
    ]);
    const policies = JSON.stringify(ofType(made, 'AWS::CloudFront::ResponseHeadersPolicy'));
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", 'trusted-types'])
      expect(policies).toContain(part);
    expect(policies).not.toContain('unsafe');
  });

  it('count the requests of each address at the firewall', () => {
    const [firewall] = ofType(made, 'AWS::WAFv2::WebACL');
    expect(firewall).toMatchObject({ stack: 'gantry-local-firewall', Properties: { Scope: 'CLOUDFRONT' } });
    const limits = JSON.stringify(firewall?.Properties).match(/"Limit":\d+/g);
    expect(limits).toEqual(['"Limit":6000', '"Limit":200']);
  });

  it('keep no log forever, and logs of builds and apps as long as the others', () => {
    const groups = ofType(made, 'AWS::Logs::LogGroup');
    for (const group of groups) expect(group.Properties).toHaveProperty('RetentionInDays', 30);
    const names = groups.map(({ Properties }) => Properties.LogGroupName);
    expect(names).toEqual(expect.arrayContaining(['/gantry/local/builds', '/gantry/local/apps']));
  });

  it('serve exactly the routes of the contract, each by the function of its context, and the routes for deliveries', () => {
    const functions = new Map(
      ofType(made, FUNCTION)
        .filter((lambda) => lambda.stack === 'gantry-local-api')
        .map((lambda) => [lambda.logicalId, entryOf(lambda)]),
    );
    const integrations = new Map(
      ofType(made, 'AWS::ApiGatewayV2::Integration').map((integration) => [
        integration.logicalId,
        functions.get(referenced(integration.Properties.IntegrationUri) ?? ''),
      ]),
    );
    const served = ofType(made, 'AWS::ApiGatewayV2::Route')
      .filter(({ stack }) => stack === 'gantry-local-api')
      .map((route) => `${route.Properties.RouteKey} → ${integrations.get(targetOf(route))}`);
    const declared = Object.entries(routesByContext).flatMap(([context, routes]) =>
      Object.values(routes).map(({ method, path }) => `${method} ${path} → api/${context}`),
    );
    const told = webhooks.map((path) => `POST ${path} → source/receive`);
    expect(served.sort()).toEqual([...declared, ...told, ...pages.map((path) => `GET ${path} → api/meta`)].sort());
  });

  it('open the realtime API with connect, message and disconnect', () => {
    const keys = ofType(made, 'AWS::ApiGatewayV2::Route')
      .filter(({ stack }) => stack === 'gantry-local-realtime')
      .map(({ Properties }) => Properties.RouteKey);
    expect(keys.sort()).toEqual(['$connect', '$default', '$disconnect']);
  });

  it('give each subscription its events, a queue and a dead-letter queue', () => {
    const rules = ofType(made, 'AWS::Events::Rule').filter(({ stack }) => stack === 'gantry-local-events');
    expect(rules.map((rule) => at(rule, 'EventPattern.detail-type'))).toEqual(
      Object.values(subscriptions).map((subscription) => [...subscription.events]),
    );
    const mappings = ofType(made, 'AWS::Lambda::EventSourceMapping');
    const queues = ofType(made, 'AWS::SQS::Queue');
    const dead = [
      ...queues.map((queue) => referenced(at(queue, 'RedrivePolicy.deadLetterTargetArn'))),
      ...mappings.map((mapping) => referenced(at(mapping, 'DestinationConfig.OnFailure.Destination'))),
      ...ofType(made, 'AWS::Lambda::EventInvokeConfig').map((calling) =>
        referenced(at(calling, 'DestinationConfig.OnFailure.Destination')),
      ),
    ].filter((id) => id !== undefined);
    for (const queue of queues) {
      const hasDeadLetters = referenced(at(queue, 'RedrivePolicy.deadLetterTargetArn')) !== undefined;
      expect({ queue: queue.logicalId, safe: hasDeadLetters !== dead.includes(queue.logicalId) }).toEqual({
        queue: queue.logicalId,
        safe: true,
      });
    }
    for (const mapping of mappings) {
      expect(mapping.Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    }
  });

  it('keep failed asynchronous calls: lines of logs, and Events of the cluster', () => {
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    const called = new Set(
      ofType(made, 'AWS::Logs::SubscriptionFilter').map((filter) => referenced(at(filter, 'DestinationArn'))),
    );
    const kept = ofType(made, 'AWS::Lambda::EventInvokeConfig').filter(
      (calling) => at(calling, 'DestinationConfig.OnFailure.Destination') !== undefined,
    );
    expect(new Set(kept.map((calling) => referenced(at(calling, 'FunctionName'))))).toEqual(called);
    expect(called.size).toBe(2);
  });

  it('react to executions on the default bus that ended without their machine, and check on a schedule for missed ones', () => {
    const upkeep = (type: string) => ofType(made, type).filter(({ stack }) => stack === 'gantry-local-upkeep');
    const [heard, clock] = ['EventPattern', 'ScheduleExpression'].map((property) =>
      upkeep('AWS::Events::Rule').find(({ Properties }) => Properties[property]),
    );
    expect(heard?.Properties).toMatchObject({
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
    });
    expect(heard?.Properties).not.toHaveProperty('EventBusName');
    expect(clock?.Properties.ScheduleExpression).toBe('rate(5 minutes)');
    const [permission] = upkeep('AWS::Lambda::Permission');
    expect(permission?.Properties.Principal).toBe('events.amazonaws.com');
    expect(permission && referenced(permission.Properties.SourceArn)).toBe(clock?.logicalId);
    const [calling] = upkeep('AWS::Lambda::EventInvokeConfig');
    expect(calling?.Properties.MaximumRetryAttempts).toBe(0);
  });

  it('hide a message from other consumers for longer than its consumer may run', () => {
    const byId = new Map(
      [...ofType(made, FUNCTION), ...ofType(made, 'AWS::SQS::Queue')].map((resource) => [resource.logicalId, resource]),
    );
    const mappings = ofType(made, 'AWS::Lambda::EventSourceMapping').filter((mapping) => at(mapping, 'ScalingConfig'));
    // Besides the platform's own events: ends of executions and of builds, and deliveries of GitHub.
    expect(mappings).toHaveLength(Object.keys(subscriptions).length + 3);
    for (const mapping of mappings) {
      const queue = byId.get(referenced(mapping.Properties.EventSourceArn) ?? '');
      const consumer = byId.get(referenced(mapping.Properties.FunctionName) ?? '');
      expect(queue?.Properties.VisibilityTimeout).toBe(Number(consumer?.Properties.Timeout) * 6);
    }
  });
});

function targetOf(route: Placed): string {
  const join = at(route, 'Target.Fn::Join');
  return Array.isArray(join) && Array.isArray(join[1]) ? (referenced(join[1][1]) ?? '') : '';
}
