import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../constructs/bundle.ts';
import { readStage, Stage } from '../stage.ts';
import { ACCEPTED } from './accepted.ts';
import { lint } from './cfn-lint.ts';
import { findingsOf, sortFindings } from './findings.ts';
import { synthesize } from './synthesize.ts';
import type { Finding } from './template.ts';

// `npm run verify:template` synthesizes the stage of one machine and one for AWS, and checks both against every rule. docs/reference/verify.md

/** The stage to deploy, or the example. */
function stageForAws(): Stage {
  if (existsSync('gantry.stage.json')) return readStage(() => undefined);
  return Stage.parse(JSON.parse(readFileSync(join(ROOT, 'gantry.stage.example.json'), 'utf8')));
}

const local = readStage(() => undefined, {}, join(ROOT, 'infra'));
const used = new Set<unknown>();
let failed = false;

for (const stage of [local, stageForAws()]) {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-verify-'));
  try {
    const { templates, findings } = synthesize(stage, folder);
    const linted = lint([...templates.keys()].map((stack) => join(folder, `${stack}.template.json`)));
    report(stage.stage, [...findings, ...linted.findings, ...findingsOf(templates, stage)], linted.note);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
for (const entry of ACCEPTED) {
  if (used.has(entry)) continue;
  console.log(
    `${entry.mending ? 'mended' : 'not needed'}: take ${entry.rule} at ${entry.at} out of infra/verify/accepted.ts`,
  );
  failed ||= entry.mending !== true;
}
process.exitCode = failed ? 1 : 0;

function report(name: string, findings: readonly Finding[], note: string): void {
  const { unexplained, accepted } = sortFindings(findings);
  console.log(
    `Stage ${name}: ${unexplained.length} unexplained findings, ${accepted.length} accepted with a reason; ${note}.`,
  );
  for (const { rule, at, what } of unexplained) console.log(`  ${rule}  ${at}\n    ${what}`);
  for (const { finding, by } of accepted) {
    used.add(by);
    if (by.mending) console.log(`  being mended: ${finding.rule}  ${finding.at}: ${by.reason}`);
  }
  failed ||= unexplained.length > 0;
}
