import type { StagedChange } from '@gantry/contract/schemas/variables.ts';
import { useQuery } from '@tanstack/react-query';
import { Button } from '../../../components/button.tsx';
import { Card } from '../../../components/card.tsx';
import { useAct } from '../../../data/act.ts';
import {
  appliedText,
  kindOf,
  type Owner,
  refetches,
  type SetPlace,
  scopeTexts,
  stagedQuery,
} from '../../../data/variables.ts';

/** The staged changes as a diff, with a button that applies them. Nothing if nothing is staged. */
export function Staged({ set, owner }: { readonly set: SetPlace; readonly owner: Owner }) {
  const { data } = useQuery(stagedQuery(set));
  const apply = useAct('variables.apply', {
    refetches: [...refetches, 'deployments.list'],
    done: appliedText,
  });
  const discard = useAct('variables.discard', { refetches, done: 'The staged changes are discarded.' });
  if (data === undefined || data.changes.length === 0) return null;
  const count = data.changes.length === 1 ? '1 change' : `${data.changes.length} changes`;
  return (
    <Card
      title={`Staged: ${count}`}
      edge="accent"
      actions={
        <div className="flex gap-2">
          <Button busy={discard.isPending} onClick={() => discard.mutate(set)}>
            Discard
          </Button>
          <Button look="primary" busy={apply.isPending} onClick={() => apply.mutate({ ...set, ifMatch: data.version })}>
            {owner === 'service' ? `Apply ${count} and deploy` : `Apply ${count}`}
          </Button>
        </div>
      }
    >
      <ul className="divide-y divide-line">
        {data.changes.map((change) => (
          <Change key={change.name} change={change} />
        ))}
      </ul>
    </Card>
  );
}

function Change({ change }: { readonly change: StagedChange }) {
  const { name, before, after, valueChanged } = change;
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2 sm:grid-cols-[minmax(0,16rem)_minmax(0,1fr)]">
      <span className="min-w-0">
        <code className="block truncate font-mono text-small font-medium">{name}</code>
        <span className="block text-tiny text-soft">{kindOf(change)}</span>
      </span>
      <span className="grid min-w-0 gap-0.5 font-mono text-small">
        {before !== null && (valueChanged || after === null) && <Side mark="−" tone="text-bad" side={before} />}
        {after !== null && <Side mark="+" tone="text-good" side={after} />}
      </span>
    </li>
  );
}

interface SideProps {
  readonly mark: string;
  readonly tone: string;
  readonly side: NonNullable<StagedChange['before']>;
}

function Side({ mark, tone, side: { value, scope } }: SideProps) {
  return (
    <span className={`flex min-w-0 items-baseline gap-2 ${tone}`}>
      <span aria-hidden="true">{mark}</span>
      <span className="min-w-0 break-all whitespace-pre-wrap">{value ?? '(sealed)'}</span>
      <span className="shrink-0 font-sans text-tiny text-soft">{scopeTexts[scope]}</span>
    </span>
  );
}
