import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { removalPolicy } from '../constructs/logs.ts';
import type { Stage } from '../stage.ts';

/** The key that encrypts the data keys of variables. */
export class VariablesStack extends Stack {
  readonly key: Key;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { description: `Gantry ${stage.stage}: the key of variables` });
    this.key = new Key(this, 'Key', {
      description: `Encrypts the variables of Gantry ${stage.stage}`,
      enableKeyRotation: true,
      removalPolicy: removalPolicy(stage),
    });
    new CfnOutput(this, 'VariablesKey', { value: this.key.keyId, description: 'Encrypts the values of variables' });
  }
}
