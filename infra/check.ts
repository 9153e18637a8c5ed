import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createApp } from './gantry.ts';

// `node infra/check.ts` synthesizes with the AwsSolutions rules of cdk-nag as a plugin, which reports what is not acknowledged.
const outdir = mkdtempSync(join(tmpdir(), 'gantry-check-'));
try {
  const app = createApp(outdir);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
  console.log('Every template passes the AwsSolutions rules or says why not in infra/acknowledgements.ts.');
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
