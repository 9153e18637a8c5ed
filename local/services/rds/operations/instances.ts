import type { Access } from '../../../kernel/access.ts';
import { type AnyOperation, AwsError } from '../../../kernel/service.ts';
import { requestTags, resourceTags } from '../../../kernel/tags.ts';
import { operation } from '../../../wire/operation.ts';
import type { Clusters } from '../clusters.ts';
import { type Instance, presentInstance, rdsArn } from '../records.ts';
import { checkIdentifier, type GivenTags, notPlayed, tagsOf } from './inputs.ts';

interface CreateInstanceInput {
  readonly DBInstanceIdentifier: string;
  readonly DBClusterIdentifier?: string;
  readonly DBInstanceClass: string;
  readonly Engine: string;
  readonly Tags?: GivenTags;
}

interface OnInstance {
  readonly DBInstanceIdentifier: string;
}

/** The product's operations on the instances of clusters. */
export function instanceOperations(clusters: Clusters): Readonly<Record<string, AnyOperation>> {
  const onInstance = (action: string, id: string): Access => ({
    action: `rds:${action}`,
    resource: rdsArn('db', id),
    context: resourceTags(clusters.instance(id)?.tags),
  });
  const present = (instance: Instance) => presentInstance(instance, clusters.get(instance.cluster));
  return {
    CreateDBInstance: operation({
      uses: ['DBInstanceIdentifier', 'DBClusterIdentifier', 'DBInstanceClass', 'Engine', 'Tags'],
      inert: { PubliclyAccessible: 'all of this machine is loopback, which nobody outside reaches' },
      access(input: CreateInstanceInput): readonly Access[] {
        const context = requestTags(tagsOf(input.Tags));
        const [db, cluster] = [
          rdsArn('db', input.DBInstanceIdentifier),
          rdsArn('cluster', input.DBClusterIdentifier ?? ''),
        ];
        return [
          { action: 'rds:CreateDBInstance', resource: db, context },
          { action: 'rds:CreateDBInstance', resource: cluster, context },
          { action: 'rds:AddTagsToResource', resource: db, context },
        ];
      },
      handle(input: CreateInstanceInput) {
        checkIdentifier(input.DBInstanceIdentifier, 'DBInstanceIdentifier');
        const { DBInstanceIdentifier: id, DBClusterIdentifier: cluster, DBInstanceClass: size, Engine: engine } = input;
        if (cluster === undefined) throw notPlayed('a DB instance without a cluster');
        if (size !== 'db.serverless') throw notPlayed(`DBInstanceClass ${size}`);
        if (clusters.instance(id) !== undefined)
          throw new AwsError('DBInstanceAlreadyExistsFault', 'DB instance already exists');
        if (clusters.get(cluster).engine !== engine)
          throw new AwsError(
            'InvalidParameterCombination',
            'The engine name requested for your DB instance does not match the engine name of your DB cluster.',
          );
        return {
          DBInstance: present(
            clusters.addInstance({
              id,
              cluster,
              class: size,
              engine,
              tags: tagsOf(input.Tags),
              createdAt: Date.now() / 1000,
            }),
          ),
        };
      },
    }),
    DescribeDBInstances: operation({
      uses: ['DBInstanceIdentifier'],
      access: ({ DBInstanceIdentifier: id = '*' }: Partial<OnInstance>) => [onInstance('DescribeDBInstances', id)],
      handle({ DBInstanceIdentifier: id }: Partial<OnInstance>) {
        const found = id === undefined ? clusters.instances() : [existing(clusters, id)];
        return { DBInstances: found.map(present) };
      },
    }),
    DeleteDBInstance: operation({
      uses: ['DBInstanceIdentifier'],
      access: ({ DBInstanceIdentifier: id }: OnInstance) => [onInstance('DeleteDBInstance', id)],
      handle({ DBInstanceIdentifier: id }: OnInstance) {
        const instance = existing(clusters, id);
        if (instance.isGoing)
          throw new AwsError('InvalidDBInstanceStateFault', `Instance ${id} is already being deleted.`);
        clusters.removeInstance(instance);
        return { DBInstance: present({ ...instance, isGoing: true }) };
      },
    }),
  };
}

function existing(clusters: Clusters, id: string): Instance {
  const found = clusters.instance(id);
  if (found !== undefined) return found;
  throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${id} not found.`, 404);
}
