import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readStage, StageError } from '../../infra/stage.ts';
import { at, type Made, ofType, synthesize, synthesizeStage } from './synthesis.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-stage-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const none = () => undefined;
const file = (content: string) => writeFileSync(join(folder, 'gantry.stage.json'), content);
const messageOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof StageError) return error.message;
    throw error;
  }
  return 'nothing was thrown';
};

describe("a stage's configuration", () => {
  it('needs nothing for the stage that runs on one machine', () => {
    expect(readStage(none, {}, folder)).toMatchObject({
      stage: 'local',
      firstOwnerEmail: 'owner@example.com',
      removalPolicy: 'destroy',
    });
  });

  it('comes from the file, then from context, then from the environment, field by field', () => {
    file('{ "stage": "file", "firstOwnerEmail": "file@example.com", "sizes": { "logDays": 90 } }');
    const context = (key: string) => (key === 'firstOwnerEmail' ? 'context@example.com' : undefined);
    expect(readStage(context, { GANTRY_STAGE: 'env' }, folder)).toMatchObject({
      stage: 'env',
      firstOwnerEmail: 'context@example.com',
      removalPolicy: 'retain',
      // CodeBuild keeps five builds in the queue of an account that may run one: https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
      sizes: { logDays: 90, natGateways: 1, buildsAtOnce: 5, buildsOfATeam: 3 },
    });
  });

  it('must name the first owner, unless the stage runs on one machine', () => {
    expect(messageOf(() => readStage(none, { GANTRY_STAGE: 'prod' }, folder))).toContain(
      "firstOwnerEmail: name the first owner's e-mail address",
    );
  });

  it.each([
    ['a name that no resource can carry', '{ "stage": "Prod!" }', 'stage: use 1 to 16 of a-z'],
    ['a misspelled field', '{ "firstOwner": "a@example.com" }', 'firstOwner'],
    ['a size out of range', '{ "sizes": { "natGateways": 9 } }', 'sizes.natGateways'],
    [
      'a zone that is named twice',
      '{ "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1b"] }',
      'zones: name each zone once',
    ],
    [
      'more NAT gateways than zones',
      '{ "sizes": { "natGateways": 3 } }',
      'sizes.natGateways: use at most one for each of the 2 availability zones',
    ],
    [
      'a number of zones that differs from the named zones',
      '{ "zones": ["eu-west-1a", "eu-west-1c"], "sizes": { "availabilityZones": 3 } }',
      'sizes.availabilityZones: leave it out, or make it 2',
    ],
    [
      'the example role, which would fail after twenty minutes in the cluster stack',
      '{ "clusterAdminRoleArn": "arn:aws:iam::111122223333:role/Operators" }',
      'clusterAdminRoleArn: name a role of your own account',
    ],
    [
      "a domain for apps on the dashboard's site",
      '{ "domain": "gantry.example.com", "domainHostedZoneId": "Z0123456789", "appsDomain": "apps.example.com" }',
      'appsDomain: register another domain for apps',
    ],
    ['a domain without a certificate', '{ "domain": "gantry.example.com" }', 'domain: name its domainHostedZoneId'],
    [
      'a certificate for the distribution in another region',
      '{ "domain": "gantry.example.com", "domainCertificateArn": "arn:aws:acm:eu-west-1:999988887777:certificate/1" }',
      "domainCertificateArn: use a certificate's ARN in us-east-1",
    ],
    ['a domain that nobody can own', '{ "appsDomain": "co.uk" }', 'appsDomain: use a domain that one can register'],
    [
      'a hosted zone without a domain',
      '{ "appsHostedZoneId": "Z0123456789" }',
      'appsHostedZoneId: name the appsDomain',
    ],
    ['a domain with a scheme', '{ "appsDomain": "https://apps.example.com" }', 'appsDomain: use a domain name'],
    ['a file that is not JSON', '{ stage: prod }', 'gantry.stage.json is not JSON'],
    ['a file that holds a list', '[]', 'must hold one JSON object'],
  ])('is refused with the name of the field: %s', (_, content, expected) => {
    file(content);
    expect(messageOf(() => readStage(none, {}, folder))).toContain(expected);
  });

  it('that is not valid ends the synthesis with the reason and no stack trace', () => {
    const made = synthesize({ GANTRY_STAGE: 'prod' });
    expect(made.status).toBe(1);
    expect(made.stderr).toContain('firstOwnerEmail');
    expect(made.stderr).not.toContain('    at ');
  });

  it('for production keeps resources with data, and uses the domain of its apps', () => {
    const made = synthesize({
      GANTRY_STAGE: 'prod',
      GANTRY_FIRST_OWNER_EMAIL: 'ada@example.com',
      CDK_CONTEXT_JSON: JSON.stringify({ appsDomain: 'apps.example.com', appsHostedZoneId: 'Z0123456789' }),
    });
    expect(made.stderr).toBe('');
    const [table] = ofType(made, 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({ Properties: { DeletionProtectionEnabled: true } });
    expect(ofType(made, 'AWS::Cognito::UserPool')).toMatchObject([{ Properties: { DeletionProtection: 'ACTIVE' } }]);
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    const kept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };
    for (const type of ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::Cognito::UserPool', 'AWS::KMS::Key']) {
      // Each deployment brings the dashboard's files.
      const own = ofType(made, type).filter(({ stack }) => stack !== 'gantry-prod-edge');
      expect(own.length).toBeGreaterThan(0);
      expect(own).toEqual(own.map(() => expect.objectContaining(kept)));
    }
    // Another address of the first owner is another account, and the old account keeps its own.
    expect(ofType(made, 'AWS::Cognito::UserPoolUser')).toEqual([expect.objectContaining(kept)]);
    // The names of machines are fixed: a machine that stayed would block the next installation.
    for (const machine of ofType(made, 'AWS::StepFunctions::StateMachine'))
      expect(machine).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    const origins = ofType(made, 'AWS::Lambda::Function').flatMap(
      (one) => at(one, 'Environment.Variables.APPS_ORIGIN') ?? [],
    );
    expect(new Set(origins)).toEqual(new Set(['https://*.apps.example.com']));
  }, 60_000);

  it('can be rolled back if its first deployment fails: no resource is protected from deletion until every stack exists', () => {
    const made = synthesize({
      GANTRY_STAGE: 'prod',
      GANTRY_FIRST_OWNER_EMAIL: 'ada@example.com',
      GANTRY_DELETION_PROTECTION: 'off',
    });
    const kept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };
    expect(ofType(made, 'AWS::DynamoDB::Table')).toMatchObject([
      { ...kept, Properties: { DeletionProtectionEnabled: false } },
    ]);
    expect(ofType(made, 'AWS::Cognito::UserPool')).toMatchObject([
      { ...kept, Properties: { DeletionProtection: 'INACTIVE' } },
    ]);
  }, 60_000);

  it('spans as many availability zones as it sets, in any region, and has a NAT gateway in each if it asks for three', () => {
    const made = synthesizeStage({ sizes: { availabilityZones: 3, natGateways: 3 } });
    const subnets = ofType(made, 'AWS::EC2::Subnet');
    const zones = subnets.map((subnet) => at(subnet, 'AvailabilityZone'));
    expect(zones).toEqual(
      expect.arrayContaining([0, 1, 2].map((zone) => ({ 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] }))),
    );
    // Each zone has three subnets: one that the internet reaches, one that reaches the internet, and one for databases.
    expect([subnets.length, ofType(made, 'AWS::EC2::NatGateway').length]).toEqual([9, 3]);
    const [cluster] = ofType(made, 'AWS::EKS::Cluster');
    expect(cluster && at(cluster, 'ResourcesVpcConfig.SubnetIds')).toHaveLength(3);
  }, 60_000);

  it('spans the zones that it names', () => {
    const made = synthesizeStage({ zones: ['us-east-1b', 'us-east-1d'] });
    const zones = ofType(made, 'AWS::EC2::Subnet').map((subnet) => at(subnet, 'AvailabilityZone'));
    expect([...new Set(zones)].sort()).toEqual(['us-east-1b', 'us-east-1d']);
  }, 60_000);

  // CloudFront accepts certificates only in us-east-1:
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
  it('with a domain of its own makes its certificate in us-east-1, and answers on the domain once the certificate is named', () => {
    const fields = { domain: 'gantry.example.com', domainHostedZoneId: 'Z0123456789' };
    const first = synthesizeStage(fields);
    expect(ofType(first, 'AWS::CertificateManager::Certificate')).toEqual([
      expect.objectContaining({
        stack: 'gantry-prod-firewall',
        Properties: expect.objectContaining({ DomainName: 'gantry.example.com' }),
      }),
    ]);
    expect(ofType(first, 'AWS::Route53::RecordSet')).toEqual([]);
    const domainCertificateArn = 'arn:aws:acm:us-east-1:999988887777:certificate/1';
    const second = synthesizeStage({ ...fields, domainCertificateArn });
    const [distribution] = ofType(second, 'AWS::CloudFront::Distribution');
    expect(distribution && at(distribution, 'DistributionConfig')).toMatchObject({
      Aliases: ['gantry.example.com'],
      ViewerCertificate: { AcmCertificateArn: domainCertificateArn },
    });
    const target = { 'Fn::GetAtt': [distribution?.logicalId, 'DomainName'] };
    expect(
      ofType(second, 'AWS::Route53::RecordSet').map(({ Properties }) => [Properties.Type, Properties.AliasTarget]),
    ).toEqual([
      ['A', { DNSName: target, HostedZoneId: 'Z2FDTNDATAQYW2' }],
      ['AAAA', { DNSName: target, HostedZoneId: 'Z2FDTNDATAQYW2' }],
    ]);
    const addresses = ofType(second, 'AWS::Lambda::Function').flatMap(
      (one) => at(one, 'Environment.Variables.API_URL') ?? at(one, 'Environment.Variables.REALTIME_URL') ?? [],
    );
    expect(new Set(addresses)).toEqual(new Set(['https://gantry.example.com']));
  }, 60_000);

  describe('with a domain for apps', () => {
    const appsDomain = 'apps.example.net';
    const originsOf = (made: Made) =>
      new Set(
        ofType(made, 'AWS::Lambda::Function').flatMap((one) => at(one, 'Environment.Variables.APPS_ORIGIN') ?? []),
      );
    const loadBalancer = (made: Made) => ({
      'Fn::GetAtt': [ofType(made, 'Custom::ClusterObjects')[0]?.logicalId, 'LoadBalancer'],
    });

    it('makes a certificate, a record for the load balancer, and addresses with TLS, if it names the hosted zone', () => {
      const made = synthesizeStage({ appsDomain, appsHostedZoneId: 'Z0123456789' });
      const [certificate] = ofType(made, 'AWS::CertificateManager::Certificate');
      expect(certificate?.Properties).toMatchObject({
        DomainName: '*.apps.example.net',
        ValidationMethod: 'DNS',
        DomainValidationOptions: [{ DomainName: '*.apps.example.net', HostedZoneId: 'Z0123456789' }],
      });
      const [record] = ofType(made, 'AWS::Route53::RecordSet');
      expect(record?.Properties).toMatchObject({
        HostedZoneId: 'Z0123456789',
        Name: '*.apps.example.net',
        Type: 'CNAME',
        ResourceRecords: [loadBalancer(made)],
      });
      const [objects] = ofType(made, 'Custom::ClusterObjects');
      expect(objects?.Properties).toMatchObject({
        AppsDomain: appsDomain,
        AppsCertificate: { Ref: certificate?.logicalId },
      });
      expect(originsOf(made)).toEqual(new Set(['https://*.apps.example.net']));
    }, 60_000);

    it('uses the given certificate, and prints the record to make, if the zone is elsewhere', () => {
      const appsCertificateArn = 'arn:aws:acm:eu-central-1:999988887777:certificate/1';
      const made = synthesizeStage({ appsDomain, appsCertificateArn });
      expect(ofType(made, 'AWS::CertificateManager::Certificate')).toEqual([]);
      expect(ofType(made, 'AWS::Route53::RecordSet')).toEqual([]);
      const [objects] = ofType(made, 'Custom::ClusterObjects');
      expect(objects?.Properties).toMatchObject({ AppsDomain: appsDomain, AppsCertificate: appsCertificateArn });
      expect(made.templates.get('gantry-prod-cluster')?.Outputs?.AppsRecord?.Value).toEqual({
        'Fn::Join': ['', ['*.apps.example.net CNAME ', loadBalancer(made)]],
      });
      expect(originsOf(made)).toEqual(new Set(['https://*.apps.example.net']));
    }, 60_000);

    it('prints no address with TLS without a certificate', () => {
      const made = synthesizeStage({ appsDomain });
      const [objects] = ofType(made, 'Custom::ClusterObjects');
      expect(objects?.Properties).not.toHaveProperty('AppsDomain');
      expect(originsOf(made)).toEqual(new Set(['http://*.apps.example.net']));
    }, 60_000);
  });
});
