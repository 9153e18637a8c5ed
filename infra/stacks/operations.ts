import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

/** The operator's notifications: one topic for every alarm of the stage. */
export class OperationsStack extends Stack {
  readonly alarms: ITopic;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { description: `Gantry ${stage.stage}: alarms` });
    const topic = new Topic(this, 'Alarms', { displayName: `Gantry ${stage.stage}`, enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    new Subscription(this, 'FirstOwner', {
      topic,
      protocol: SubscriptionProtocol.EMAIL,
      endpoint: stage.firstOwnerEmail,
    });
    this.alarms = topic;
  }
}
