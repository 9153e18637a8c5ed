import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { BOOTSTRAP_VERSION } from '../cloudformation/stacks.ts';

/** The parameter that `cdk bootstrap` leaves for every deployment. */
const BOOTSTRAP = '/cdk-bootstrap/hnb659fds/version';

interface Input {
  readonly Name: string;
}

/** Systems Manager: the one parameter that the CDK reads before it deploys. */
export function createSsm(): Room {
  const GetParameter = operation<Input, unknown>({
    uses: ['Name'],
    inert: { WithDecryption: 'the parameter is no secret' },
    access: ({ Name }) => [
      { action: 'ssm:GetParameter', resource: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${Name}` },
    ],
    handle({ Name }) {
      if (Name !== BOOTSTRAP) throw new AwsError('ParameterNotFound', `Parameter ${Name} not found.`);
      return { Parameter: { Name, Type: 'String', Value: BOOTSTRAP_VERSION } };
    },
  });
  return {
    services: [
      {
        signingName: 'ssm',
        isAtEdge: true,
        protocol: 'json',
        model: () => import('@aws-sdk/client-ssm'),
        operations: { GetParameter },
      },
    ],
  };
}
