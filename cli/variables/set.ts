import type { SetQuery } from '@gantry/contract/schemas/variables.ts';
import type { Flags, FlagValues, Surroundings } from '../declare.ts';
import type { Path } from '../overview.ts';
import type { Session } from '../session.ts';
import { environmentOf, pathOf, projectOf, type Target, targetFlags, targetOf } from '../target.ts';

/** The set of a command: the service's in the environment, or a shared one. */
export const setFlags = {
  ...targetFlags,
  shared: {
    summary: "the shared variables of the environment or the project, instead of the service's",
    value: 'by',
    choices: ['environment', 'project'],
  },
} as const satisfies Flags;

/** The query of a set in the API's calls. */
export interface ChosenSet {
  readonly call: { readonly params: { readonly teamId: string; readonly projectId: string }; readonly query: SetQuery };
  readonly project: Pick<Target, 'team' | 'project'>;
  /** The service in its environment, for a service's set. */
  readonly path: Path | undefined;
}

export async function setOf(
  context: Surroundings,
  session: Session,
  flags: FlagValues<typeof setFlags>,
): Promise<ChosenSet> {
  if (flags.shared === undefined) {
    const target = await targetOf(context, session, flags);
    const { environment, service } = target;
    return { ...chosen(target, { environmentId: environment.id, serviceId: service.id }), path: pathOf(target) };
  }
  const project = await projectOf(context, session, flags);
  if (flags.shared === 'project') return chosen(project, {});
  const environment = await environmentOf(session, project, flags.environment);
  return chosen(project, { environmentId: environment.id });
}

function chosen({ team, project }: ChosenSet['project'], query: SetQuery): ChosenSet {
  const params = { teamId: team.id, projectId: project.id };
  return { call: { params, query }, project: { team, project }, path: undefined };
}
