import { createApp } from './gantry.ts';
import { StageError } from './stage.ts';

try {
  createApp(process.env.CDK_OUTDIR ?? 'cdk.out').synth();
} catch (error) {
  if (!(error instanceof StageError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
