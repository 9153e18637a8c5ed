import { type PlanDecision, planLimits } from '@gantry/contract/schemas/plan.ts';
import type { BuildReport } from '@gantry/wiring/build.ts';
import type { BuildPlan, ImagePlan } from './plan.ts';

/** The report of a plan to the platform, cut to its limits. It holds no secret, because a plan holds none. */
export function reportOf(plan: BuildPlan | ImagePlan): BuildReport {
  if (!('decisions' in plan)) return imageReport(plan);
  return {
    plan: {
      decisions: plan.decisions
        .slice(0, planLimits.decisions)
        .map(({ part, value, source, insteadOf }) => decision(part, value, source, insteadOf)),
      notes: plan.notes.slice(0, planLimits.notes).map(shortened),
    },
    ...plan.settings,
  };
}

/**
 * The report for the app's own Dockerfile, or for an image of another registry, from the image's config. Only root may
 * open a port below 1024.
 */
function imageReport({ provider, source, command, port, given = [], settings }: ImagePlan): BuildReport {
  const open = settings?.port !== undefined || port === undefined || port < 1024 ? undefined : port;
  return {
    plan: {
      decisions: [
        decision('provider', provider, source),
        ...(command.length > 0 ? [decision('start', command.join(' '), `${source} > CMD`)] : []),
        ...(open === undefined ? [] : [decision('port', String(open), `${source} > EXPOSE`)]),
        ...given.map(({ part, value, source: from }) => decision(part, value, from)),
      ],
      notes: [],
    },
    ...(open !== undefined && { port: open }),
    ...settings,
  };
}

function decision(part: PlanDecision['part'], value: string, source: string, insteadOf?: string): PlanDecision {
  return {
    part,
    value: shortened(value),
    source: shortened(source),
    insteadOf: insteadOf === undefined ? null : shortened(insteadOf),
  };
}

function shortened(text: string): string {
  return text.length > planLimits.text ? `${text.slice(0, planLimits.text - 1)}…` : text;
}
