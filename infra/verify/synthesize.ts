import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge } from '../acknowledgements.ts';
import { addStage, emptyApp } from '../gantry.ts';
import type { Stage } from '../stage.ts';
import { type Finding, readTemplates, type Templates } from './template.ts';

export interface Synthesized {
  readonly templates: Templates;
  readonly findings: readonly Finding[];
}

/** Synthesizes a stage into a folder, with the AwsSolutions rules of cdk-nag as a plugin, which reports unacknowledged findings. */
export function synthesize(stage: Stage, outdir: string): Synthesized {
  const app = emptyApp(outdir);
  addStage(app, stage);
  acknowledge(app, stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
    return { templates: readTemplates(outdir), findings: [] };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { templates: readTemplates(outdir), findings: [{ rule: 'cdk-nag', at: stage.stage, what }] };
  }
}
