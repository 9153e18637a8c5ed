import { GantryError } from '@gantry/contract/errors.ts';
import type { VariableChange } from '@gantry/contract/schemas/variables.ts';
import type { FlagValues, Surroundings } from '../declare.ts';
import { type followFlags, followingOf } from '../deploymentView.ts';
import type { Session } from '../session.ts';
import { applyStaged, followApplied } from './apply.ts';
import type { ChosenSet } from './set.ts';
import { diffText } from './text.ts';

type Flags = FlagValues<typeof followFlags> & { readonly stage: true | undefined };

/**
 * Stages a change and applies it at once, unless it is only to be staged. Throws Conflict, with nothing done, where something else is staged:
 * it is not for this command to apply it.
 */
export async function makeChange(
  context: Surroundings,
  session: Session,
  set: ChosenSet,
  flags: Flags,
  change: VariableChange,
): Promise<void> {
  const { out, interrupts } = context;
  const following = followingOf(flags);
  const before = await session.client('variables.staged', set.call);
  const named = new Set([...Object.keys(change.set ?? {}), ...(change.unset ?? [])]);
  const others = before.changes.map(({ name }) => name).filter((name) => !named.has(name));
  if (!flags.stage && others.length > 0)
    throw new GantryError(
      'Conflict',
      `Nothing was set, for ${others.join(', ')} would be applied with it, being staged already. See \`gantry variables diff\`, then apply or discard that, or add --stage.`,
    );
  const staged = await interrupts.hold(
    () => session.client('variables.stage', { ...set.call, body: change, ifMatch: before.version }),
    () => 'Interrupted: it is staged, and not applied. See `gantry variables diff`.',
  );
  if (flags.stage) {
    out.result(staged, diffText(staged.changes));
    out.note('Staged. `gantry variables apply` brings it to the service.');
    return;
  }
  if (staged.changes.length === 0) {
    out.result(staged, 'Nothing changes: it was only staged.');
    return;
  }
  const applied = await applyStaged(context, session, set, staged.version).catch((error: unknown) => {
    // References that lead nowhere, or something else that was staged in the meantime: what is refused is not undone.
    if (!(error instanceof GantryError)) throw error;
    const { kind, message, fields } = error;
    throw new GantryError(kind, `${message} It stays staged: set it anew, or \`gantry variables discard\`.`, fields);
  });
  await followApplied(context, session, set, applied, following);
}
