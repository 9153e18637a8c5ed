import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge, acknowledgements } from '../../infra/acknowledgements.ts';
import { addStage, emptyApp } from '../../infra/gantry.ts';
import { readStage } from '../../infra/stage.ts';

interface Finding {
  readonly rule: string;
  readonly path: string;
}

const stage = readStage(() => undefined, {});
let outdir: string;
let app: App;
let unacknowledged: Finding[];

beforeAll(() => {
  // This test is about cdk-nag. `npm run verify:template` also runs the CDK's own check of the templates.
  process.env.CDK_VALIDATION = 'false';
  outdir = mkdtempSync(join(tmpdir(), 'gantry-rules-'));
  app = emptyApp(outdir);
  addStage(app, stage);
  app.synth();
  unacknowledged = findings();
}, 120_000);
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

function findings(): Finding[] {
  return new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map((resource) => ({ rule: ruleName, path: resource.constructPath ?? '' })),
    );
}

describe("AWS's Well-Architected rules", () => {
  it('need each exception that is acknowledged', () => {
    const ofNag = acknowledgements(stage).filter(({ rule }) => rule.startsWith('AwsSolutions-'));
    const unneeded = ofNag.filter(
      ({ rule, at }) =>
        !unacknowledged.some(
          (finding) => finding.rule === rule && `${finding.path}/`.startsWith(`gantry-local-${at}/`),
        ),
    );
    expect(unneeded).toEqual([]);
  });

  it('hold everywhere else', () => {
    expect(unacknowledged.length).toBeGreaterThan(0);
    acknowledge(app, stage);
    expect(findings()).toEqual([]);
  });

  it('are never suppressed without a reason', () => {
    for (const { reason } of acknowledgements(stage)) expect(reason.length).toBeGreaterThan(30);
  });
});
