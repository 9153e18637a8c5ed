import { App, DefaultStackSynthesizer, type IReusableStackSynthesizer } from 'aws-cdk-lib';
import { addStage } from './platform.ts';
import { readStage } from './stage.ts';

const app = new App({
  outdir: process.env.CDK_OUTDIR ?? 'cdk.out',
  analyticsReporting: false,
  // The bootstrap stack's version is the CLI's to check: the templates stay free of parameters that look it up.
  defaultStackSynthesizer: new DefaultStackSynthesizer({
    generateBootstrapVersionRule: false,
  }) as IReusableStackSynthesizer,
});
addStage(
  app,
  readStage((key) => app.node.tryGetContext(key)),
);
app.synth();
