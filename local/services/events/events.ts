import * as model from '@aws-sdk/client-eventbridge';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { EventPublisher, QueueSender } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import { compilePattern } from './pattern.ts';
import { newEvent, putEvents } from './put.ts';
import { busArn, type Rule, route, type Target } from './route.ts';

/** EventBridge: buses, rules by pattern, and SQS queues as targets. */
export function createEvents(kernel: Kernel, queues: QueueSender): Room & EventPublisher {
  const buses = new Set([busArn('default')]);
  const rules = new Map<string, Rule>();
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
        model,
        operations: { PutEvents: putEvents(kernel, (arn) => buses.has(arn), publish) },
      },
    ],
    resources: [busType(buses), ruleType(rules), archiveType()],
    publish: ({ source, detailType, detail, resources }) =>
      publish(busArn('default'), newEvent(source, detailType, detail, { Resources: resources })),
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
  readonly EventPattern: unknown;
  readonly State?: string;
  readonly Targets?: readonly Readonly<Record<string, unknown>>[];
}

function ruleType(rules: Map<string, Rule>): ResourceType {
  return {
    type: 'AWS::Events::Rule',
    uses: ['Name', 'EventBusName', 'EventPattern', 'State', 'Targets'],
    inert: { Description: 'descriptions have no effect', Tags: 'tags have no effect' },
    declare(properties, place) {
      const given = properties as unknown as RuleProperties;
      const name = given.Name ?? place.name(64);
      const bus = busArn(given.EventBusName ?? 'default');
      const busName = bus.slice(bus.lastIndexOf('/') + 1);
      const path = busName === 'default' ? name : `${busName}/${name}`;
      const arn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/${path}`;
      if (given.EventPattern === undefined) throw new Error(`${place.at}: a rule needs an EventPattern`);
      const rule = {
        arn,
        bus,
        matches: compilePattern(given.EventPattern),
        targets: (given.Targets ?? []).map((target) => targetOf(target, place.at)),
      };
      if (given.State === 'DISABLED') rules.delete(arn);
      else rules.set(arn, rule);
      return { ref: busName === 'default' ? name : `${busName}|${name}`, attributes: { Arn: arn } };
    },
  };
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
  const refused = Object.keys(rest).filter((name) => !INERT_IN_TARGET.includes(name));
  if (refused.length > 0) throw new Error(`${at}: local cloud: Targets[].${refused.join(', ')} is not emulated`);
  if (!queueArn.startsWith('arn:aws:sqs:')) {
    throw new Error(`${at}: local cloud: a target other than an SQS queue is not emulated: ${queueArn}`);
  }
  return { id, queueArn, deadLetterArn: dead?.Arn };
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
