import type { Kernel } from '../../kernel/kernel.ts';
import type { KeyService, ManagedSecrets } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import type { GroupUses } from '../ec2/ec2.ts';
import { serverIdentity, trustStore } from './authority.ts';
import { createClusters } from './clusters.ts';
import { createDataApi } from './data-api.ts';
import { clusterOperations } from './operations/clusters.ts';
import { instanceOperations } from './operations/instances.ts';
import { logOperations } from './operations/logs.ts';
import { restoreOperations } from './operations/restores.ts';
import { snapshotOperations } from './operations/snapshots.ts';
import { rdsArn } from './records.ts';

/** RDS, as far as Aurora PostgreSQL goes: each cluster is a PostgreSQL server of this machine. And its Data API. */
export function createRds(kernel: Kernel, keys: KeyService, secrets: ManagedSecrets): Room & GroupUses {
  const identity = serverIdentity(kernel);
  const clusters = createClusters(kernel, keys, secrets, identity);
  const byArn = (arn: string) => clusters.all().find(({ id }) => rdsArn('cluster', id) === arn);
  const operations = {
    ...clusterOperations(clusters),
    ...instanceOperations(clusters),
    ...logOperations(clusters),
    ...snapshotOperations(clusters),
    ...restoreOperations(clusters),
  };
  return {
    services: [
      { signingName: 'rds', protocol: 'query', model: () => import('@aws-sdk/client-rds'), operations },
      createDataApi(kernel, secrets, byArn),
    ],
    mounts: [trustStore(identity)],
    resources: [subnetGroup, parameterGroup],
    uses: (groupId) => clusters.all().some(({ securityGroups }) => securityGroups.includes(groupId)),
    start: () => clusters.resume(),
    stop: () => clusters.stop(),
  };
}

const subnetGroup: ResourceType = {
  type: 'AWS::RDS::DBSubnetGroup',
  uses: ['DBSubnetGroupName'],
  inert: {
    DBSubnetGroupDescription: 'a text for people',
    SubnetIds: 'servers listen on the loopback of this machine',
  },
  declare({ DBSubnetGroupName: name }, place) {
    return { ref: typeof name === 'string' ? name : place.name(255), attributes: {} };
  },
};

const parameterGroup: ResourceType = {
  type: 'AWS::RDS::DBClusterParameterGroup',
  uses: ['DBClusterParameterGroupName'],
  inert: {
    Description: 'a text for people',
    Family: 'this machine has one version of each engine',
    Parameters: 'local servers ask for TLS and SCRAM as they are made',
  },
  declare({ DBClusterParameterGroupName: name }, place) {
    return { ref: typeof name === 'string' ? name : place.name(255), attributes: {} };
  },
};
