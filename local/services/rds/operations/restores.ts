import type { Access } from '../../../kernel/access.ts';
import { type AnyOperation, AwsError } from '../../../kernel/service.ts';
import { requestTags } from '../../../kernel/tags.ts';
import { operation } from '../../../wire/operation.ts';
import type { Clusters } from '../clusters.ts';
import { type Cluster, presentCluster, rdsArn, type Wanted } from '../records.ts';
import type { Origin } from '../servers.ts';
import { newResourceId } from './clusters.ts';
import { checkIdentifier, type GivenTags, notPlayed, tagsOf } from './inputs.ts';

/** What both ways of restoring take. */
interface RestoreInput {
  readonly DBClusterIdentifier: string;
  readonly DBSubnetGroupName?: string;
  readonly DBClusterParameterGroupName?: string;
  readonly VpcSecurityGroupIds?: readonly string[];
  readonly KmsKeyId?: string;
  readonly ServerlessV2ScalingConfiguration?: Readonly<Record<string, number>>;
  readonly BackupRetentionPeriod?: number;
  readonly DeletionProtection?: boolean;
  readonly Tags?: GivenTags;
}

interface FromSnapshotInput extends RestoreInput {
  readonly SnapshotIdentifier: string;
  readonly Engine: string;
}

interface ToMomentInput extends RestoreInput {
  readonly SourceDBClusterIdentifier: string;
  readonly RestoreType?: string;
  /** Seconds since 1970. */
  readonly RestoreToTime?: number;
  readonly UseLatestRestorableTime?: boolean;
}

const USES = [
  ...['DBClusterIdentifier', 'DBSubnetGroupName', 'DBClusterParameterGroupName', 'VpcSecurityGroupIds', 'KmsKeyId'],
  ...['ServerlessV2ScalingConfiguration', 'BackupRetentionPeriod', 'DeletionProtection', 'Tags'],
];
const INERT = {
  CopyTagsToSnapshot: 'a snapshot that nobody asked for by itself has the tags of its cluster anyway',
  Port: 'many servers share this machine: each has a port of its own, which DescribeDBClusters tells',
};

/**
 * New clusters from snapshots, and from other clusters as they are now or were at a moment. As on AWS, they have no
 * managed password and no Data API.
 */
export function restoreOperations(clusters: Clusters): Readonly<Record<string, AnyOperation>> {
  const present = (cluster: Cluster) => ({ DBCluster: presentCluster(cluster, clusters.members(cluster.id)) });
  return {
    RestoreDBClusterFromSnapshot: operation({
      uses: [...USES, 'SnapshotIdentifier', 'Engine'],
      inert: INERT,
      access: (input: FromSnapshotInput) =>
        accessOf('RestoreDBClusterFromSnapshot', input, rdsArn('cluster-snapshot', input.SnapshotIdentifier)),
      handle(input: FromSnapshotInput, { principal }) {
        const { id: snapshot, status, cluster } = clusters.snapshot(input.SnapshotIdentifier);
        if (status !== 'available')
          throw new AwsError('InvalidDBClusterSnapshotStateFault', `Snapshot ${snapshot} is in ${status} state`);
        if (cluster.engine !== input.Engine)
          throw new AwsError('InvalidParameterCombination', `Snapshot ${snapshot} is not of engine ${input.Engine}`);
        const origin = { kind: 'snapshot', snapshot } as const;
        clusters.requireRoom(origin);
        return present(clusters.create(wanted(input, cluster, origin), principal));
      },
    }),
    RestoreDBClusterToPointInTime: operation({
      uses: [...USES, 'SourceDBClusterIdentifier', 'RestoreType', 'RestoreToTime', 'UseLatestRestorableTime'],
      inert: INERT,
      access: (input: ToMomentInput) =>
        accessOf('RestoreDBClusterToPointInTime', input, rdsArn('cluster', input.SourceDBClusterIdentifier)),
      handle(input: ToMomentInput, { principal }) {
        const source = clusters.get(input.SourceDBClusterIdentifier);
        const origin = originOf(clusters, source, input);
        clusters.requireRoom(origin);
        return present(clusters.create(wanted(input, source, origin), principal));
      },
    }),
  };
}

function accessOf(action: string, input: RestoreInput, source: string): readonly Access[] {
  const context = requestTags(tagsOf(input.Tags));
  const cluster = rdsArn('cluster', input.DBClusterIdentifier);
  const places = [
    cluster,
    source,
    rdsArn('cluster-pg', input.DBClusterParameterGroupName ?? 'default'),
    rdsArn('subgrp', input.DBSubnetGroupName ?? 'default'),
  ];
  return [
    ...places.map((resource) => ({ action: `rds:${action}`, resource, context })),
    { action: 'rds:AddTagsToResource', resource: cluster, context },
  ];
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html */
function originOf(clusters: Clusters, cluster: Cluster, input: ToMomentInput): Origin {
  const { RestoreToTime: time, UseLatestRestorableTime: isLatest = false, RestoreType: type = 'full-copy' } = input;
  const restorable = clusters.restorable(cluster);
  if (restorable === undefined)
    throw new AwsError('InvalidDBClusterStateFault', `Cluster ${cluster.id} is in ${cluster.status} state`);
  if ((time === undefined) !== isLatest)
    throw new AwsError('InvalidParameterCombination', 'Specify either RestoreToTime or UseLatestRestorableTime');
  if (time === undefined) {
    if (type !== 'copy-on-write') throw notPlayed('UseLatestRestorableTime with a full copy');
    return { kind: 'clone', source: cluster.resourceId };
  }
  if (type !== 'full-copy')
    throw new AwsError('InvalidParameterCombination', 'RestoreToTime cannot be used with RestoreType copy-on-write');
  const moment = Math.round(time * 1000);
  if (moment < restorable.earliest * 1000 || moment > restorable.latest * 1000)
    throw new AwsError('InvalidRestoreFault', `The specified time ${new Date(moment).toISOString()} is not restorable`);
  return { kind: 'moment', source: cluster.resourceId, moment };
}

function wanted(input: RestoreInput, source: Cluster, origin: Origin): Wanted {
  const { DBSubnetGroupName: subnetGroup, DBClusterParameterGroupName: parameterGroup } = input;
  const { ServerlessV2ScalingConfiguration: capacity } = input;
  checkIdentifier(input.DBClusterIdentifier, 'DBClusterIdentifier');
  if (subnetGroup === undefined || parameterGroup === undefined || capacity === undefined)
    throw notPlayed('a restore without DBSubnetGroupName, DBClusterParameterGroupName and scaling');
  const { engine, engineVersion, database, master } = source;
  return {
    ...{ engine, engineVersion, database, master, origin, subnetGroup, parameterGroup, capacity },
    id: input.DBClusterIdentifier.toLowerCase(),
    resourceId: newResourceId(),
    key: input.KmsKeyId ?? source.key,
    securityGroups: input.VpcSecurityGroupIds ?? [],
    backupDays: input.BackupRetentionPeriod ?? source.backupDays,
    deletionProtection: input.DeletionProtection ?? false,
    dataApi: false,
    tags: tagsOf(input.Tags),
    createdAt: Date.now() / 1000,
  };
}
