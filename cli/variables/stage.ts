import { GantryError } from '@gantry/contract/errors.ts';
import type { VariableChange } from '@gantry/contract/schemas/variables.ts';
import type { FlagValues, Surroundings } from '../declare.ts';
import { type followFlags, followingOf } from '../deployment-view.ts';
import type { Session } from '../session.ts';
import { followApplied } from './apply.ts';
import type { ChosenSet } from './set.ts';
import { diffText } from './text.ts';

type Flags = FlagValues<typeof followFlags> & { readonly stage: true | undefined };

/** Applies a change at once and follows its deployment, or only stages it. An error sets and stages nothing. */
export async function makeChange(
  context: Surroundings,
  session: Session,
  set: ChosenSet,
  flags: Flags,
  change: VariableChange,
): Promise<void> {
  const { out, interrupts } = context;
  const following = followingOf(flags);
  if (flags.stage) {
    const staged = await interrupts.hold(
      () => session.client('variables.stage', { ...set.call, body: change }),
      () => 'Interrupted: it is staged, and not applied. See `gantry variables diff`.',
    );
    out.result(staged, diffText(staged.changes));
    out.note('Staged. Run `gantry variables apply` to deploy it.');
    return;
  }
  const applied = await interrupts
    .hold(
      () => session.client('variables.set', { ...set.call, body: change }),
      () => 'Interrupted: it is applied. See `gantry deployments`.',
    )
    .catch((error: unknown) => {
      if (!(error instanceof GantryError)) throw error;
      const { kind, message, fields, lines } = error;
      const hint =
        kind === 'Conflict' && message.includes('staged') ? ' See `gantry variables diff`, or add --stage.' : '';
      throw new GantryError(kind, `${message}${hint}`, fields, { lines });
    });
  await followApplied(context, session, set, applied, following);
}
