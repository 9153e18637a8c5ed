import type { Kernel } from '../../kernel/kernel.ts';
import type { ClusterAuthenticator } from '../../kernel/ports.ts';
import type { Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { createAuthenticator } from './access.ts';
import { clusterArn, type Declarations, eksTypes } from './resources.ts';

export interface Eks extends Room {
  readonly authenticator: ClusterAuthenticator;
  /** The role of the pods of a service account. Throws when no association gives them one. */
  podRole(namespace: string, serviceAccount: string): string;
}

/** EKS: the cluster's address, and its access entries. The cluster itself is the room `cluster/`; `empty` deletes its contents. */
export function createEks(kernel: Kernel, empty: () => void = () => undefined): Eks {
  const declared: Declarations = { clusters: new Map(), entries: new Map(), podRoles: new Map() };

  const DescribeCluster = operation<{ name: string }, unknown>({
    uses: ['name'],
    access: ({ name }) => [{ action: 'eks:DescribeCluster', resource: clusterArn(name) }],
    handle({ name }) {
      const cluster = declared.clusters.get(name);
      if (cluster === undefined)
        throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404);
      const { arn, roleArn, endpoint, version } = cluster;
      return {
        cluster: {
          name,
          arn,
          roleArn,
          endpoint,
          status: 'ACTIVE',
          ...(version === undefined ? {} : { version }),
          // The embedded API uses plain HTTP on loopback, so there is no certificate authority.
          certificateAuthority: { data: '' },
          accessConfig: { authenticationMode: 'API' },
        },
      };
    },
  });

  return {
    authenticator: createAuthenticator(kernel.iam, declared.entries),
    services: [
      {
        signingName: 'eks',
        protocol: 'rest-json',
        model: () => import('@aws-sdk/client-eks'),
        operations: { DescribeCluster },
      },
    ],
    podRole(namespace, serviceAccount) {
      const role = declared.podRoles.get(`${namespace}/${serviceAccount}`);
      if (role === undefined) throw new Error(`no pod identity association for ${namespace}/${serviceAccount}`);
      return role;
    },
    resources: eksTypes(declared, empty),
  };
}
