import * as z from 'zod';

/** The decisions of a build, in reading order. */
export const planParts = [
  'provider',
  'runtime',
  'package manager',
  'install',
  'build',
  'test',
  'start',
  'release',
  'port',
  'health',
  'schedule',
  'watch paths',
] as const;

/** Longer texts are cut to this many characters. */
export const planLimits = { decisions: 20, notes: 10, text: 500 } as const;

const Text = z.string().max(planLimits.text);

export const PlanDecision = z
  .strictObject({
    part: z.enum(planParts),
    value: Text.meta({ example: 'npm run start' }),
    source: Text.meta({
      description: 'The file and the rule that it came from',
      example: 'package.json > scripts > start',
    }),
    insteadOf: Text.nullable().meta({
      description: 'The detected value, if the owner of the source chose another',
      example: 'node .',
    }),
  })
  .meta({ id: 'PlanDecision' });
export type PlanDecision = z.infer<typeof PlanDecision>;

export const DeploymentPlan = z
  .strictObject({
    decisions: z.array(PlanDecision).max(planLimits.decisions),
    notes: z
      .array(Text.meta({ example: 'there is no package-lock.json, so that each install may bring other versions' }))
      .max(planLimits.notes)
      .meta({ description: 'Advice for the owner of the source' }),
  })
  .meta({ id: 'DeploymentPlan', description: 'How the build made the image from its source, and why' });
export type DeploymentPlan = z.infer<typeof DeploymentPlan>;
