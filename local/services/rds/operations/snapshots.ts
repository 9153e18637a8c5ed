import type { Access } from '../../../kernel/access.ts';
import { type AnyOperation, AwsError } from '../../../kernel/service.ts';
import { requestTags, resourceTags } from '../../../kernel/tags.ts';
import { operation } from '../../../wire/operation.ts';
import type { Clusters } from '../clusters.ts';
import { presentSnapshot, rdsArn } from '../records.ts';
import { checkIdentifier, type GivenTags, tagsOf } from './inputs.ts';

interface OnSnapshot {
  readonly DBClusterSnapshotIdentifier: string;
}

interface CreateSnapshotInput extends OnSnapshot {
  readonly DBClusterIdentifier: string;
  readonly Tags?: GivenTags;
}

/** Snapshots of clusters that somebody asks for. */
export function snapshotOperations(clusters: Clusters): Readonly<Record<string, AnyOperation>> {
  const onSnapshot = (action: string, id: string): Access => ({
    action: `rds:${action}`,
    resource: rdsArn('cluster-snapshot', id),
    context: resourceTags(clusters.findSnapshot(id)?.tags),
  });
  return {
    CreateDBClusterSnapshot: operation({
      uses: ['DBClusterSnapshotIdentifier', 'DBClusterIdentifier', 'Tags'],
      access({ DBClusterSnapshotIdentifier: id, DBClusterIdentifier, Tags }: CreateSnapshotInput): readonly Access[] {
        const context = requestTags(tagsOf(Tags));
        const [snapshot, cluster] = [rdsArn('cluster-snapshot', id), rdsArn('cluster', DBClusterIdentifier)];
        return [
          { action: 'rds:CreateDBClusterSnapshot', resource: snapshot, context },
          { action: 'rds:CreateDBClusterSnapshot', resource: cluster, context },
          { action: 'rds:AddTagsToResource', resource: snapshot, context },
        ];
      },
      handle({ DBClusterSnapshotIdentifier: id, DBClusterIdentifier, Tags }: CreateSnapshotInput) {
        checkIdentifier(id, 'DBClusterSnapshotIdentifier');
        const cluster = clusters.get(DBClusterIdentifier);
        if (cluster.status !== 'available')
          throw new AwsError('InvalidDBClusterStateFault', `Cluster ${cluster.id} is in ${cluster.status} state`);
        clusters.requireRoom({ kind: 'clone', source: cluster.resourceId });
        return { DBClusterSnapshot: presentSnapshot(clusters.addSnapshot(id.toLowerCase(), cluster, tagsOf(Tags))) };
      },
    }),
    DescribeDBClusterSnapshots: operation({
      uses: ['DBClusterSnapshotIdentifier'],
      access: ({ DBClusterSnapshotIdentifier: id = '*' }: Partial<OnSnapshot>) => [
        onSnapshot('DescribeDBClusterSnapshots', id),
      ],
      handle({ DBClusterSnapshotIdentifier: id }: Partial<OnSnapshot>) {
        const found = id === undefined ? clusters.snapshots() : [clusters.snapshot(id)];
        return { DBClusterSnapshots: found.map(presentSnapshot) };
      },
    }),
    DeleteDBClusterSnapshot: operation({
      uses: ['DBClusterSnapshotIdentifier'],
      access: ({ DBClusterSnapshotIdentifier: id }: OnSnapshot) => [onSnapshot('DeleteDBClusterSnapshot', id)],
      handle({ DBClusterSnapshotIdentifier: id }: OnSnapshot) {
        const snapshot = clusters.snapshot(id);
        if (snapshot.status === 'creating')
          throw new AwsError('InvalidDBClusterSnapshotStateFault', `Snapshot ${id} is in creating state`);
        clusters.removeSnapshot(snapshot);
        return { DBClusterSnapshot: presentSnapshot(snapshot) };
      },
    }),
  };
}
