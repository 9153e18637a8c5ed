import {
  CfnOutput,
  CfnResource,
  CustomResource,
  Duration,
  FileSystem,
  Fn,
  RemovalPolicy,
  Stack,
  Tags,
} from 'aws-cdk-lib';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnAccessEntry, CfnAddon, CfnPodIdentityAssociation } from 'aws-cdk-lib/aws-eks';
import {
  AccessPolicyArn,
  AccessScopeType,
  Cluster,
  ClusterLoggingTypes,
  EndpointAccess,
  KubernetesVersion,
} from 'aws-cdk-lib/aws-eks-v2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { appsCertificate, appsRecord } from '../constructs/apps-domain.ts';
import { GantryFunction } from '../constructs/function.ts';
import { allow, describeCluster, type Link, settings } from '../constructs/links.ts';
import { logGroup, retention } from '../constructs/logs.ts';
import type { Platform } from '../constructs/platform.ts';
import { limitToAccount, serviceOf } from '../constructs/service-role.ts';
import { type Stage, zonesOf } from '../stage.ts';

/** Groups that the bootstrap function binds to Kubernetes roles. */
type ClusterGroup =
  | 'gantry:deployers'
  | 'gantry:removers'
  | 'gantry:readers'
  | 'gantry:executors'
  | 'gantry:collectors';

const SYSTEM_NAMESPACE = 'gantry-system';
const LOG_SHIPPER = 'log-shipper';
const BOOTSTRAP = 'cluster/bootstrap';

/** In a stack for any region the CDK finds two zones, whatever is requested. So the zones are picked here, from all of the region. */
function zonesOfNetwork(stage: Stage): string[] {
  return stage.zones ?? Array.from({ length: zonesOf(stage) }, (_, index) => Fn.select(index, Fn.getAzs()));
}

/** The cluster of apps: EKS Auto Mode in its own network. */
export class ClusterStack extends Stack {
  readonly cluster: Cluster;
  readonly vpc: Vpc;
  /** The output of apps. */
  readonly appLogs: LogGroup;
  /** The cluster's Kubernetes Events about pods and their workloads. */
  readonly events: LogGroup;
  /** The settings of a function that applies or compares releases. */
  readonly appSettings: Link;
  private readonly describe: Link;

  constructor(scope: Construct, id: string, platform: Platform) {
    const { stage } = platform;
    super(scope, id, { description: `Gantry ${stage.stage}: cluster` });
    const name = `gantry-${stage.stage}`;
    const vpc = new Vpc(this, 'Network', {
      availabilityZones: zonesOfNetwork(stage),
      natGateways: stage.sizes.natGateways,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 22 },
        { name: 'nodes', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 19 },
        // Last, so that an existing installation keeps its addresses.
        { name: 'databases', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    for (const subnet of vpc.publicSubnets) Tags.of(subnet).add('kubernetes.io/role/elb', '1');
    for (const subnet of vpc.privateSubnets) Tags.of(subnet).add('kubernetes.io/role/internal-elb', '1');

    // EKS would create this group itself, and keep its lines for ever.
    const controlPlaneLogs = new LogGroup(this, 'ControlPlaneLog', {
      logGroupName: `/aws/eks/${name}/cluster`,
      retention: retention(stage),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const nodeRole = new Role(this, 'NodeRole', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: 'Nodes of the cluster',
      managedPolicies: ['AmazonEKSWorkerNodeMinimalPolicy', 'AmazonEC2ContainerRegistryPullOnly'].map((policy) =>
        ManagedPolicy.fromAwsManagedPolicyName(policy),
      ),
    });
    this.cluster = new Cluster(this, 'Cluster', {
      clusterName: name,
      version: KubernetesVersion.V1_36,
      vpc: vpc as IVpc,
      vpcSubnets: [{ subnetType: SubnetType.PRIVATE_WITH_EGRESS }],
      endpointAccess: EndpointAccess.PUBLIC_AND_PRIVATE,
      // Apps run on our own node pool (arm64, network policies on), which joins with the role of this built-in one.
      compute: { nodePools: ['system'], nodeRole },
      bootstrapClusterCreatorAdminPermissions: false,
      clusterLogging: [ClusterLoggingTypes.AUDIT, ClusterLoggingTypes.AUTHENTICATOR],
    });
    // To assume the role, and to tag the session.
    limitToAccount(this.cluster.role as Role, 2);
    this.cluster.node.addDependency(controlPlaneLogs);
    this.installGatewayApi();
    // Auto Mode has no metrics server, and without metrics no app scales by load.
    new CfnAddon(this, 'Metrics', { clusterName: this.cluster.clusterName, addonName: 'metrics-server' });
    this.describe = describeCluster({ name: this.cluster.clusterName, arn: this.cluster.clusterArn });
    this.vpc = vpc;
    this.appSettings = settings({
      CLUSTER_SECURITY_GROUP: this.cluster.clusterSecurityGroupId,
      DATABASE_NETWORKS: vpc.isolatedSubnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock).join(','),
      // The load balancer is internet-facing, so its addresses are in the public subnets.
      LOAD_BALANCER_NETWORKS: vpc.publicSubnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock).join(','),
      DRAIN_SECONDS: String(stage.sizes.drainSeconds),
    });
    if (stage.clusterAdminRoleArn) this.admitAdmin('Operators', stage.clusterAdminRoleArn);

    this.appLogs = logGroup(this, 'AppLog', stage, 'apps');
    this.events = logGroup(this, 'EventLog', stage, 'cluster-events');
    this.bootstrap(platform, nodeRole, this.shipLogs());
  }

  /** Lets a function act in the cluster as a member of `groups`, and sets the cluster's name. */
  access(...groups: ClusterGroup[]): Link {
    return (user) => {
      this.describe(user);
      if (!user.role) throw new Error(`${user.node.path} has no role that the cluster could admit.`);
      new CfnAccessEntry(user, 'ClusterAccess', {
        clusterName: this.cluster.clusterName,
        principalArn: user.role.roleArn,
        kubernetesGroups: groups,
      });
    };
  }

  /** The construct has no type for this switch yet. EKS installs and upgrades the Gateway API's definitions. */
  private installGatewayApi(): void {
    const resource = this.cluster.node
      .findAll()
      .find((child) => CfnResource.isCfnResource(child) && child.cfnResourceType === 'AWS::EKS::Cluster');
    if (!(resource instanceof CfnResource))
      throw new Error('aws-eks-v2 no longer makes an AWS::EKS::Cluster below its Cluster construct.');
    resource.addPropertyOverride('KubernetesNetworkConfig.ElasticLoadBalancing.GatewayApi.Crds.Managed', true);
  }

  private admitAdmin(id: string, principalArn: string): CfnAccessEntry {
    return new CfnAccessEntry(this, id, {
      clusterName: this.cluster.clusterName,
      principalArn,
      accessPolicies: [
        {
          policyArn: AccessPolicyArn.AMAZON_EKS_CLUSTER_ADMIN_POLICY.policyArn,
          accessScope: { type: AccessScopeType.CLUSTER },
        },
      ],
    });
  }

  /** The pods of the log and event shippers, which the bootstrap function starts, may write to the groups of apps and events, and nowhere else. */
  private shipLogs(): CfnPodIdentityAssociation {
    const role = new Role(this, 'LogShipperRole', {
      assumedBy: serviceOf(this, 'pods.eks.amazonaws.com').withSessionTags(),
      description: 'Ships what apps print to their log group',
    });
    role.addToPolicy(
      allow(
        'WriteAppLog',
        ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        this.appLogs.logGroupArn,
      ),
    );
    role.addToPolicy(
      allow(
        'WriteEventLog',
        ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        this.events.logGroupArn,
      ),
    );
    const association = new CfnPodIdentityAssociation(this, 'LogShipper', {
      clusterName: this.cluster.clusterName,
      namespace: SYSTEM_NAMESPACE,
      serviceAccount: LOG_SHIPPER,
      roleArn: role.roleArn,
    });
    association.node.addDependency(role);
    return association;
  }

  /** Applies the platform's own objects when the stack is deployed, and deletes Gateways before the network. */
  private bootstrap(platform: Platform, nodeRole: Role, logShipper: CfnPodIdentityAssociation): void {
    const timeout = Duration.minutes(14);
    const bootstrap = new GantryFunction(this, 'Bootstrap', {
      platform,
      entry: BOOTSTRAP,
      description: "Applies the platform's own Kubernetes objects",
      timeout,
      links: [this.describe],
    });
    if (!bootstrap.role) throw new Error('The bootstrap function has no role.');
    const admission = this.admitAdmin('BootstrapAccess', bootstrap.role.roleArn);
    const certificate = appsCertificate(this, platform.stage);
    const objects = new CustomResource(this, 'Objects', {
      resourceType: 'Custom::ClusterObjects',
      serviceToken: bootstrap.functionArn,
      serviceTimeout: Duration.minutes(15),
      properties: {
        NodeRoleName: nodeRole.roleName,
        SubnetIds: this.cluster.vpc.privateSubnets.map((subnet) => subnet.subnetId),
        LoadBalancerSubnetIds: this.cluster.vpc.publicSubnets.map((subnet) => subnet.subnetId),
        SecurityGroupId: this.cluster.clusterSecurityGroupId,
        ...(certificate !== undefined && { AppsDomain: platform.stage.appsDomain, AppsCertificate: certificate }),
        AppLogGroup: this.appLogs.logGroupName,
        EventLogGroup: this.events.logGroupName,
        LogShipperServiceAccount: LOG_SHIPPER,
        LogLinesPerSecond: platform.stage.sizes.logLinesPerSecond,
        // A new program may apply other objects: CloudFormation calls it only after a change of a property.
        Revision: FileSystem.fingerprint(platform.bundles.function(BOOTSTRAP).entry),
      },
    });
    // A pod gets a role's credentials only if the association existed before the pod.
    objects.node.addDependency(admission, logShipper, this.cluster);
    const loadBalancer = objects.getAttString('LoadBalancer');
    new CfnOutput(this, 'LoadBalancer', {
      value: loadBalancer,
      description: 'Where apps answer, each by its own host name; docs/guides/domains.md gives them addresses',
    });
    appsRecord(this, platform.stage, loadBalancer);
  }
}
