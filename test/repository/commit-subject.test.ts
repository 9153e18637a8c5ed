import { describe, expect, it } from '@jest/globals';
import { faultOf } from '../../scripts/commit-subject.ts';

describe('a commit subject', () => {
  it.each([
    'cli: show the age of a deployment',
    'core, local: refuse a second write of an upload',
    'layers/builder: pass build arguments on',
  ])('passes: %s', (subject) => {
    expect(faultOf(subject)).toBeUndefined();
  });

  it.each([
    ['One that is live makes the oldest release one too many', /scope: what to do/],
    ['cli: shows the age of a deployment', /verb as an order, not "shows"/],
    ['cli: showed the age of a deployment', /not "showed"/],
    ['cli: the age of a deployment', /not "the"/],
    ['cli: Show the age of a deployment', /lower case/],
    [`cli: show ${'the age of a deployment '.repeat(4)}`, /72 are the most/],
  ])('is refused: %s', (subject, why) => {
    expect(faultOf(subject)).toMatch(why);
  });
});
