/**
 * Statements that only AWS itself uses, by name (`statements.ts`), each with the reason why no test on one machine can use it. The suite fails for an
 * entry that is used or no longer exists.
 */
export const awsOnly: Readonly<Record<string, string>> = {
  'cluster/ClusterRole/trust/sts:AssumeRole':
    'EKS itself runs the control plane by this role; the local cluster needs none',
  'cluster/ClusterRole/trust/sts:TagSession':
    'EKS Auto Mode tags the sessions of this role; the local cluster has none',
  'cluster/NodeRole/trust/sts:AssumeRole': 'EC2 runs the nodes by this role; the local node is a part of the platform',
  'events/HearRole/KeepFailures':
    'Lambda keeps a failed call with it, after a function failed three times; local/services/lambda needs such a right',
  'logs/IngestRole/KeepFailures':
    'Lambda keeps a failed call with it, after a function failed three times; local/services/lambda needs such a right',
  'databases/CleanUpRole/RemoveServer':
    'a server that fails after it was asked for is removed by it; locally one fails before',
  'operations/AlarmsPolicy/AlarmsPublish': 'CloudWatch publishes alarms; there are none locally',
};

/** Statements that only a long or interrupted run of the suite uses, each with the reason. */
export const byLongRuns: Readonly<Record<string, string>> = {
  'upkeep/ReconcileReconciliationPermission/invoke':
    'EventBridge calls the reconciler every five minutes; local/services/events needs such a permission',
  'databases/NetworkRole/FindGroups':
    'a repeat of the step finds the group that an interrupted one made; local/services/rds needs such a right',
  'workflows/CheckRole/ReadMetrics':
    'a canary reads its traffic after the first whole minute of its share; test/journeys/canary needs it',
  'upkeep/CollectCollectionPermission/invoke':
    'EventBridge calls the collector of metrics once a minute; local/services/events needs such a permission',
};
