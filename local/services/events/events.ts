import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { EventPublisher, FunctionInvoker, QueueSender } from '../../kernel/ports.ts';
import type { Place, ResourceType, Room } from '../../kernel/resource.ts';
import { compilePattern } from './pattern.ts';
import { newEvent, putEvents } from './put.ts';
import { busArn, type Rule, route, type Target } from './route.ts';
import { periodOf, type RunningSchedule, type ScheduledRule, startSchedule } from './schedule.ts';

/** EventBridge: buses, rules by pattern with SQS queues as targets, and rules by clock with functions as targets. */
export function createEvents(kernel: Kernel, queues: QueueSender, functions: FunctionInvoker): Room & EventPublisher {
  const buses = new Set([busArn('default')]);
  const rules = new Map<string, Rule>();
  const schedules = new Map<string, ScheduledRule>();
  const running = new Map<string, RunningSchedule>();
  const publish = (bus: string, event: ReturnType<typeof newEvent>) =>
    route(
      kernel,
      queues,
      [...rules.values()].filter((rule) => rule.bus === bus),
      event,
    );
  return {
    services: [
      {
        signingName: 'events',
        protocol: 'json',
        model: () => import('@aws-sdk/client-eventbridge'),
        operations: { PutEvents: putEvents(kernel, (arn) => buses.has(arn), publish) },
      },
    ],
    resources: [busType(buses), ruleType(rules, schedules, (arn) => running.get(arn)?.stop()), archiveType()],
    publish: ({ source, detailType, detail, resources }) =>
      publish(busArn('default'), newEvent(source, detailType, detail, { Resources: resources })),
    start() {
      for (const [arn, schedule] of schedules) running.set(arn, startSchedule(kernel, functions, schedule));
    },
    async stop() {
      for (const schedule of running.values()) schedule.stop();
    },
  };
}

function busType(buses: Set<string>): ResourceType {
  return {
    type: 'AWS::Events::EventBus',
    uses: ['Name'],
    inert: {
      Description: 'descriptions have no effect',
      KmsKeyIdentifier: 'encryption at rest has no effect that a client can see',
      Tags: 'tags have no effect',
    },
    declare(properties) {
      const { Name: name } = properties as { readonly Name: string };
      const arn = busArn(name);
      buses.add(arn);
      return { ref: name, attributes: { Arn: arn, Name: name } };
    },
  };
}

interface RuleProperties {
  readonly Name?: string;
  readonly EventBusName?: string;
  readonly EventPattern?: unknown;
  readonly ScheduleExpression?: string;
  readonly State?: string;
  readonly Targets?: readonly Readonly<Record<string, unknown>>[];
}

function ruleType(
  rules: Map<string, Rule>,
  schedules: Map<string, ScheduledRule>,
  ended: (arn: string) => void,
): ResourceType {
  return {
    type: 'AWS::Events::Rule',
    uses: ['Name', 'EventBusName', 'EventPattern', 'ScheduleExpression', 'State', 'Targets'],
    inert: { Description: 'descriptions have no effect', Tags: 'tags have no effect' },
    declare(properties, place) {
      const given = properties as unknown as RuleProperties;
      const name = given.Name ?? place.name(64);
      const bus = busArn(given.EventBusName ?? 'default');
      const busName = bus.slice(bus.lastIndexOf('/') + 1);
      const path = busName === 'default' ? name : `${busName}/${name}`;
      const arn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/${path}`;
      const scheduled = given.ScheduleExpression !== undefined;
      if (scheduled === (given.EventPattern !== undefined)) {
        throw new Error(`${place.at}: local cloud: a rule needs either an EventPattern or a ScheduleExpression`);
      }
      if (scheduled && busName !== 'default') throw new Error(`${place.at}: a schedule must be on the default bus`);
      rules.delete(arn);
      schedules.delete(arn);
      if (scheduled) {
        const schedule = scheduleOf(arn, given, place);
        if (given.State !== 'DISABLED') schedules.set(arn, schedule);
      } else {
        const targets = (given.Targets ?? []).map((target) => targetOf(target, place.at));
        const rule = { arn, bus, matches: compilePattern(given.EventPattern), targets };
        if (given.State !== 'DISABLED') rules.set(arn, rule);
      }
      return { ref: busName === 'default' ? name : `${busName}|${name}`, attributes: { Arn: arn } };
    },
    remove(ref) {
      const arn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/${ref.replace('|', '/')}`;
      rules.delete(arn);
      schedules.delete(arn);
      ended(arn);
    },
  };
}

function scheduleOf(
  arn: string,
  { ScheduleExpression = '', Targets = [] }: RuleProperties,
  { at }: Place,
): ScheduledRule {
  const functionArns = Targets.map((target) => {
    const { Id: _, Arn: functionArn, ...rest } = target as { readonly Id: string; readonly Arn: string };
    refuseUnknown(rest, at);
    if (functionArn.startsWith('arn:aws:lambda:')) return functionArn;
    throw new Error(`${at}: local cloud: a schedule's target other than a function is not emulated: ${functionArn}`);
  });
  return { arn, periodMs: periodOf(ScheduleExpression), functionArns };
}

/** AWS's limits for tries; what fails is not tried for so long here. */
const INERT_IN_TARGET = ['RetryPolicy'];

function targetOf(target: Readonly<Record<string, unknown>>, at: string): Target {
  const {
    Id: id,
    Arn: queueArn,
    DeadLetterConfig: dead,
    ...rest
  } = target as {
    readonly Id: string;
    readonly Arn: string;
    readonly DeadLetterConfig?: { readonly Arn: string };
  };
  refuseUnknown(rest, at);
  if (!queueArn.startsWith('arn:aws:sqs:')) {
    throw new Error(`${at}: local cloud: an event's target other than an SQS queue is not emulated: ${queueArn}`);
  }
  return { id, queueArn, deadLetterArn: dead?.Arn };
}

function refuseUnknown(rest: object, at: string): void {
  const refused = Object.keys(rest).filter((name) => !INERT_IN_TARGET.includes(name));
  if (refused.length > 0) throw new Error(`${at}: local cloud: Targets[].${refused.join(', ')} is not emulated`);
}

function archiveType(): ResourceType {
  const reason = 'an archive only keeps events for a replay, which the local cloud does not offer';
  return {
    type: 'AWS::Events::Archive',
    uses: ['ArchiveName'],
    inert: {
      SourceArn: reason,
      EventPattern: reason,
      RetentionDays: reason,
      Description: reason,
      KmsKeyIdentifier: reason,
    },
    declare(properties, place) {
      const name = (properties as { readonly ArchiveName?: string }).ArchiveName ?? place.name(48);
      const arn = `arn:aws:events:${REGION}:${ACCOUNT}:archive/${name}`;
      return { ref: name, attributes: { Arn: arn, ArchiveName: name } };
    },
  };
}
