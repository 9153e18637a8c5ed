import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { ResourceType } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import type { AccessEntry } from './access.ts';

/** A cluster as the template declares it. */
interface Cluster {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly version: string | undefined;
  readonly endpoint: string;
}

export interface Declarations {
  readonly clusters: Map<string, Cluster>;
  readonly entries: Map<string, Map<string, AccessEntry>>;
  /** `<namespace>/<service account>` → the role that its pods act as. */
  readonly podRoles: Map<string, string>;
}

/** Kubernetes groups that stand for EKS's access policies, which a real cluster authorizes by a webhook. */
const POLICY_GROUPS: Readonly<Record<string, string>> = { AmazonEKSClusterAdminPolicy: 'system:masters' };

const ONE_MACHINE = 'the embedded cluster has one node, which is this machine';

export function clusterArn(name: string): string {
  return `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${name}`;
}

/** The EKS types of the template. */
export function eksTypes({ clusters, entries, podRoles }: Declarations, empty: () => void): readonly ResourceType[] {
  const cluster: ResourceType = {
    type: 'AWS::EKS::Cluster',
    uses: ['Name', 'RoleArn', 'Version', 'AccessConfig.AuthenticationMode'],
    inert: {
      'AccessConfig.BootstrapClusterCreatorAdminPermissions': 'access entries alone decide who gets in',
      BootstrapSelfManagedAddons: ONE_MACHINE,
      ComputeConfig: ONE_MACHINE,
      DeletionProtection: 'a stage of one machine keeps nothing',
      EncryptionConfig: 'local state is not encrypted',
      'KubernetesNetworkConfig.ElasticLoadBalancing': 'the embedded cluster serves the Gateway API by itself',
      'KubernetesNetworkConfig.IpFamily': ONE_MACHINE,
      'KubernetesNetworkConfig.ServiceIpv4Cidr': ONE_MACHINE,
      Logging: 'the embedded control plane writes no log groups',
      ResourcesVpcConfig: 'the Kubernetes API listens only on loopback',
      StorageConfig: ONE_MACHINE,
      Tags: 'nothing local reads tags',
      UpgradePolicy: 'the embedded cluster is not upgraded by itself',
    },
    declare(properties, place) {
      const mode = (properties.AccessConfig as { AuthenticationMode?: string } | undefined)?.AuthenticationMode;
      if (mode !== 'API')
        throw new AwsError('InvalidParameterException', `${place.at}: AuthenticationMode ${mode} is not emulated.`);
      const name = String(properties.Name ?? place.name(100));
      const version = properties.Version === undefined ? undefined : String(properties.Version);
      const arn = clusterArn(name);
      const endpoint = place.kernel.addresses.kubernetes;
      clusters.set(name, { name, arn, roleArn: String(properties.RoleArn), version, endpoint });
      if (!entries.has(name)) entries.set(name, new Map());
      const id = `sg-${name}`;
      const attributes = {
        Arn: arn,
        Id: name,
        Endpoint: endpoint,
        CertificateAuthorityData: '',
        ClusterSecurityGroupId: id,
        EncryptionConfigKeyArn: '',
        OpenIdConnectIssuerUrl: endpoint,
        'KubernetesNetworkConfig.ServiceIpv6Cidr': '',
      };
      return { ref: name, attributes };
    },
    remove(name) {
      clusters.delete(name);
      entries.delete(name);
      empty();
    },
  };

  const accessEntry: ResourceType = {
    type: 'AWS::EKS::AccessEntry',
    uses: ['ClusterName', 'PrincipalArn', 'KubernetesGroups', 'Username', 'AccessPolicies', 'Type'],
    inert: { Tags: 'nothing local reads tags' },
    declare(properties, place) {
      const given = properties as {
        readonly ClusterName: string;
        readonly PrincipalArn: string;
        readonly KubernetesGroups?: readonly string[];
        readonly Username?: string;
        readonly Type?: string;
        readonly AccessPolicies?: readonly {
          readonly PolicyArn: string;
          readonly AccessScope: { readonly Type: string };
        }[];
      };
      const {
        ClusterName,
        PrincipalArn: principalArn,
        KubernetesGroups = [],
        Username: username,
        Type = 'STANDARD',
      } = given;
      const ofCluster = entries.get(ClusterName);
      if (ofCluster === undefined)
        throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${ClusterName}.`);
      const granted = (given.AccessPolicies ?? []).map(({ PolicyArn, AccessScope }) => {
        const group = POLICY_GROUPS[PolicyArn.slice(PolicyArn.lastIndexOf('/') + 1)];
        if (group !== undefined && AccessScope.Type === 'cluster') return group;
        const message = `${place.at}: access policy ${PolicyArn} with scope ${AccessScope.Type} is not emulated.`;
        throw new AwsError('InvalidParameterException', message);
      });
      // Entries of other types let EC2 nodes join; the embedded cluster has none.
      if (Type === 'STANDARD') {
        ofCluster.set(principalArn, { principalArn, username, groups: [...KubernetesGroups, ...granted] });
      }
      const arn = `arn:aws:eks:${REGION}:${ACCOUNT}:access-entry/${ClusterName}/${place.name(64)}`;
      return { ref: `${principalArn}|${ClusterName}`, attributes: { AccessEntryArn: arn } };
    },
  };

  return [cluster, accessEntry, podIdentity(podRoles), addon];
}

function podIdentity(podRoles: Declarations['podRoles']): ResourceType {
  return {
    type: 'AWS::EKS::PodIdentityAssociation',
    uses: ['Namespace', 'ServiceAccount', 'RoleArn', 'ClusterName'],
    inert: { Tags: 'nothing local reads tags' },
    declare(properties, place) {
      podRoles.set(`${properties.Namespace}/${properties.ServiceAccount}`, String(properties.RoleArn));
      const id = place.name();
      return { ref: id, attributes: { AssociationArn: clusterArn(`association/${id}`), AssociationId: id } };
    },
  };
}

const addon: ResourceType = {
  type: 'AWS::EKS::Addon',
  uses: [],
  inert: { '*': 'the embedded cluster has the parts of an add-on built in, or does not need them' },
  declare: (_, place) => ({ ref: place.name(), attributes: { Arn: clusterArn(`addon/${place.name()}`) } }),
};
