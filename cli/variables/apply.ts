import type { AppliedChanges } from '@gantry/contract/schemas/variables.ts';
import { type Surroundings, verb } from '../declare.ts';
import { type Following, follow, followFlags, followingOf } from '../deployment-view.ts';
import { openSession, type Session } from '../session.ts';
import { environmentsOf, servicesOf } from '../target.ts';
import { type ChosenSet, setFlags, setOf } from './set.ts';
import { diffText } from './text.ts';

const apply = verb({
  summary: 'Apply the staged changes, and follow their deployment',
  flags: { ...setFlags, ...followFlags },
  examples: ['variables apply', 'variables apply --detach'],
  async run(context) {
    const following = followingOf(context.flags);
    const session = await openSession(context);
    const set = await setOf(context, session, context.flags);
    const { changes, version } = await session.client('variables.staged', set.call);
    if (changes.length > 0) context.out.note(diffText(changes));
    const applied = await applyStaged(context, session, set, version);
    await followApplied(context, session, set, applied, following);
  },
});

const discard = verb({
  summary: 'Discard the staged changes',
  flags: setFlags,
  examples: ['variables discard', 'variables discard --shared project'],
  async run(context) {
    const session = await openSession(context);
    const { call } = await setOf(context, session, context.flags);
    const { changes } = await session.client('variables.staged', call);
    const discarded = await session.client('variables.discard', call);
    const names = changes.map(({ name }) => name).join(', ');
    context.out.result(discarded, names === '' ? 'Nothing was staged.' : `No longer staged: ${names}.`);
  },
});

/** Applies the changes staged at `version`. Throws PreconditionFailed when other changes are staged by now. */
function applyStaged({ interrupts }: Surroundings, { client }: Session, { call }: ChosenSet, version: number) {
  return interrupts.hold(
    () => client('variables.apply', { ...call, ifMatch: version }),
    () => 'Interrupted: it is applied. See `gantry deployments`.',
  );
}

/** Prints the applied changes and the other services that use them, and follows the deployment as `gantry up` does. */
export async function followApplied(
  context: Surroundings,
  session: Session,
  set: ChosenSet,
  applied: AppliedChanges,
  following: Following,
): Promise<void> {
  const { out } = context;
  const { deployment, names, referredBy } = applied;
  const said = names.length === 0 ? 'Nothing changes: it was only staged.' : `Applied ${names.join(', ')}.`;
  const others = referredBy.length === 0 ? '' : await referredText(session, set, applied);
  if (deployment === null || set.path === undefined) {
    out.result(applied, said);
    if (set.path !== undefined && names.length > 0) out.note('Nothing is live here yet: the first deployment uses it.');
    if (others !== '') out.note(others);
    return;
  }
  for (const text of [said, others].filter(Boolean)) out.note(text);
  await follow(context, session, set.path, deployment, following, (ended) => ({ ...applied, deployment: ended }));
}

async function referredText({ client }: Session, { project }: ChosenSet, { referredBy }: AppliedChanges) {
  const [services, environments] = await Promise.all([servicesOf(client, project), environmentsOf(client, project)]);
  const slugOf = (all: readonly { readonly id: string; readonly slug: string }[], id: string) =>
    all.find((one) => one.id === id)?.slug ?? id;
  const lines = referredBy.map(({ serviceId, environmentId }) => {
    return `  gantry restart --service ${slugOf(services, serviceId)} --environment ${slugOf(environments, environmentId)}`;
  });
  return `Others refer to it, and get it with their next deployment:\n${lines.join('\n')}`;
}

export const applying = { apply, discard };
