import { describe, expect, it } from '@jest/globals';
import { assess, type Facts } from '../../../infra/ops/assessment.ts';
import { QUOTAS } from '../../../infra/ops/quotas.ts';
import { Stage } from '../../../infra/stage.ts';

const stage = Stage.parse({ stage: 'production', firstOwnerEmail: 'ada@example.com' });
const roomy: Facts = {
  region: 'eu-central-1',
  limits: Object.fromEntries(QUOTAS.map(({ code }) => [code, 10_000])),
  inUse: {},
  zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
  bootstrapVersions: { 'eu-central-1': 28, 'us-east-1': 28 },
  deployed: 0,
  secretInDeletion: false,
};
const found = (facts: Partial<Facts>) =>
  assess(stage, { ...roomy, ...facts })
    .filter(({ level }) => level !== 'ok')
    .map(({ level, line, remedy }) => `${level}: ${line} → ${remedy}`);

describe('before a first installation, an account', () => {
  it('with enough quotas passes', () => {
    expect(found({})).toEqual([]);
  });

  it('that already has the stage needs no second network and no second address', () => {
    const full = {
      limits: { ...roomy.limits, 'L-0263D0A3': 5, 'L-F678F1CE': 5 },
      inUse: { 'L-0263D0A3': 5, 'L-F678F1CE': 5 },
    };
    expect(found(full)).toHaveLength(2);
    expect(found({ ...full, deployed: 17 })).toEqual([]);
  });

  it.each<[string, Partial<Facts>, RegExp]>([
    [
      "that is not bootstrapped in its firewall's region",
      { bootstrapVersions: { 'eu-central-1': 28, 'us-east-1': undefined } },
      /^stops: Region us-east-1 is not bootstrapped.*npx cdk bootstrap aws:\/\/<account>\/us-east-1/,
    ],
    ['whose bootstrap is old', { bootstrapVersions: { 'eu-central-1': 5 } }, /^stops: .*version 5, but needs 6/],
    [
      'that still deletes the secret of an earlier installation',
      { secretInDeletion: true },
      /^stops: .*gantry-production-github-app.*--force-delete-without-recovery/,
    ],
    ['in a region with one zone', { zones: ['xx-one-1a'] }, /^stops: .*1 zones/],
    [
      'that is new and may run ten functions at once',
      { limits: { ...roomy.limits, 'L-B99A9384': 10 } },
      /^waits: .*10 free, 60 needed.*throttled.*--service-code lambda --quota-code L-B99A9384 --desired-value 60/,
    ],
    [
      'whose addresses are all in use',
      { limits: { ...roomy.limits, 'L-0263D0A3': 5 }, inUse: { 'L-0263D0A3': 5 } },
      /^stops: .*0 free, 1 needed.*--desired-value 6/,
    ],
    ['that may start no node', { limits: { ...roomy.limits, 'L-1216C47A': 1 } }, /^stops: .*pods stay pending/],
    [
      'whose quotas cannot be read',
      { limits: { ...roomy.limits, 'L-1194D53C': 'denied' } },
      /^unknown: .*could not read it: denied/,
    ],
  ])('%s gets a message with the remedy', (_, facts, expected) => {
    const verdicts = found(facts);
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]).toMatch(expected);
  });
});
