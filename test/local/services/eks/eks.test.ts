import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Principal } from '../../../../local/kernel/iam.ts';
import type { ClusterAuthenticator } from '../../../../local/kernel/ports.ts';
import type { Room } from '../../../../local/kernel/resource.ts';
import { createEks } from '../../../../local/services/eks/eks.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../states/ports.ts';

const CLUSTER = 'arn:aws:eks:xx-local-1:000000000000:cluster/apps';

let at: Bench;
let room: Room & { readonly authenticator: ClusterAuthenticator };
beforeEach(async () => {
  at = await bench((kernel) => {
    room = createEks(kernel);
    return [room];
  });
  await declare(at.kernel, room, 'AWS::EKS::Cluster', {
    Name: 'apps',
    RoleArn: 'arn:aws:iam::000000000000:role/cluster',
    AccessConfig: { AuthenticationMode: 'API' },
    KubernetesNetworkConfig: { ElasticLoadBalancing: { Enabled: true, GatewayApi: { Crds: { Managed: true } } } },
  });
});
afterEach(() => at.close());

const arnOf = (principal: Principal) => (principal.kind === 'role' ? principal.arn : '');
const admit = (principal: Principal, more: object) =>
  declare(at.kernel, room, 'AWS::EKS::AccessEntry', { ClusterName: 'apps', PrincipalArn: arnOf(principal), ...more });

/** A token as EKS clients make it: GetCallerIdentity, presigned, with the cluster's name among the signed headers. */
async function token(principal: Principal, cluster = 'apps', more: { action?: string; at?: Date; host?: string } = {}) {
  const { credentials, region } = at.client(principal);
  const { sha256 } = new STSClient(at.client(principal)).config;
  const hostname = more.host ?? 'sts.xx-local-1.amazonaws.com';
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256 });
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    query: { Action: more.action ?? 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host: hostname, 'x-k8s-aws-id': cluster },
  };
  const signed = await signer.presign(request, { expiresIn: 60, signingDate: more.at ?? new Date() });
  const query = new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll('+', '%20');
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`;
}

describe('the cluster', () => {
  it('shows its address to a role that may describe it', async () => {
    const allowed = at.role('reader', [{ Effect: 'Allow', Action: 'eks:DescribeCluster', Resource: CLUSTER }]);
    const describe_ = (principal: Principal, name = 'apps') =>
      new EKSClient(at.client(principal)).send(new DescribeClusterCommand({ name }));
    expect((await describe_(allowed)).cluster).toMatchObject({
      status: 'ACTIVE',
      endpoint: at.kernel.addresses.kubernetes,
    });
    await expect(describe_(at.role('none', []))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(describe_({ kind: 'operator' }, 'other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a token', () => {
  it('gives its user and groups from the access entry, for some minutes', async () => {
    const deployer = at.role('deployer', []);
    await admit(deployer, { KubernetesGroups: ['gantry:deployers'] });
    const signed = await token(deployer, 'apps', { at: new Date(Date.now() - 10 * 60_000) });
    expect(await room.authenticator.authenticate(signed)).toEqual({
      username: 'arn:aws:sts::000000000000:assumed-role/deployer/test',
      groups: ['gantry:deployers'],
    });
  });

  it('of an administrator is in system:masters, with the user name from the entry', async () => {
    const admin = at.role('admin', []);
    const PolicyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
    await admit(admin, {
      Username: 'ops:{{SessionName}}',
      AccessPolicies: [{ PolicyArn, AccessScope: { Type: 'cluster' } }],
    });
    const user = { username: 'ops:test', groups: ['system:masters'] };
    expect(await room.authenticator.authenticate(await token(admin))).toEqual(user);
  });

  it.each([
    ['of a role without an access entry', async () => token(at.role('stranger', []))],
    ['for another cluster', async () => token(at.role('deployer', []), 'other')],
    ['that calls something else', async () => token(at.role('deployer', []), 'apps', { action: 'GetSessionToken' })],
    [
      'older than 15 minutes',
      async () => token(at.role('deployer', []), 'apps', { at: new Date(Date.now() - 16 * 60_000) }),
    ],
    ['that was changed', async () => (await token(at.role('deployer', []))).slice(0, -4)],
    ['that is malformed', async () => 'k8s-aws-v1.bm9uZQ'],
  ])('%s is rejected', async (_, make) => {
    await admit(at.role('deployer', []), { KubernetesGroups: ['gantry:deployers'] });
    expect(await room.authenticator.authenticate(await make())).toBeUndefined();
  });

  it('whose access policy is not emulated is refused when declared', async () => {
    const PolicyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';
    const entry = admit(at.role('viewer', []), { AccessPolicies: [{ PolicyArn, AccessScope: { Type: 'cluster' } }] });
    await expect(entry).rejects.toThrow(/AmazonEKSViewPolicy/);
  });
});
