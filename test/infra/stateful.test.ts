import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { assembled, ofType, type Placed } from './synthesis.ts';

/** Resources whose replacement would lose data, names or running apps. */
const TYPES = [
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolDomain',
  'AWS::DynamoDB::Table',
  'AWS::ECR::Repository',
  'AWS::EKS::Cluster',
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
];

/**
 * The properties whose change replaces the resource. Source: the CloudFormation reference of each type, "Update
 * requires: Replacement".
 */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'AWS::Cognito::UserPool': ['UsernameAttributes', 'AliasAttributes', 'UsernameConfiguration'],
  'AWS::Cognito::UserPoolDomain': ['Domain'],
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema'],
  'AWS::ECR::Repository': ['RepositoryName', 'EncryptionConfiguration'],
  'AWS::EKS::Cluster': ['Name', 'RoleArn', 'EncryptionConfig'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::SecretsManager::Secret': ['Name'],
};

function identityOf({ stack, logicalId, Type, Properties }: Placed) {
  const fixed = (FIXED[Type] ?? []).filter((property) => property in Properties);
  return [`${stack}/${logicalId}`, Type, Object.fromEntries(fixed.map((property) => [property, Properties[property]]))];
}

describe('an upgrade', () => {
  it('replaces no resource with data: logical ids and fixed properties are those of earlier releases', async () => {
    const made = await assembled();
    const stateful = TYPES.flatMap((type) => ofType(made, type)).map(identityOf);
    const known = JSON.parse(readFileSync(join(import.meta.dirname, 'stateful.json'), 'utf8'));
    // A new resource adds a row. A changed row is a resource that an upgrade would replace, and its data would be lost.
    expect(stateful).toEqual(known);
  });
});
