import type { Variable } from '@gantry/contract/schemas/variables.ts';
import { Eye, EyeOff, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../../components/button.tsx';
import { CopyButton } from '../../../components/command.tsx';
import { Ago } from '../../../components/time.tsx';
import { useAct } from '../../../data/act.ts';
import type { ServicePlace } from '../../../data/place.ts';
import { refetches, type SetPlace, scopeTexts } from '../../../data/variables.ts';
import { VariableDialog } from './form.tsx';

interface VariableRowProps {
  readonly set: SetPlace;
  readonly place: ServicePlace;
  readonly variable: Variable;
}

/** One variable. Its value shows after a press, because others may see the screen. */
export function VariableRow({ set, place, variable }: VariableRowProps) {
  const { name, value, scope, changedAt } = variable;
  const [isShown, setShown] = useState(false);
  const [isEdited, setEdited] = useState(false);
  const stage = useAct('variables.stage', { refetches });
  return (
    <li className="grid items-center gap-x-4 gap-y-1 px-4 py-2 sm:grid-cols-[minmax(0,16rem)_minmax(0,1fr)_auto]">
      <span className="min-w-0">
        <code className="block truncate font-mono text-small font-medium">{name}</code>
        <span className="block text-tiny text-faint">
          {scopeTexts[scope]} · <Ago at={changedAt} />
        </span>
      </span>
      <Value value={value} isShown={isShown} />
      <span className="flex justify-end">
        {value !== null && (
          <>
            <IconButton
              label={isShown ? `Hide ${name}` : `Show ${name}`}
              icon={isShown ? <EyeOff aria-hidden="true" size={15} /> : <Eye aria-hidden="true" size={15} />}
              onClick={() => setShown(!isShown)}
            />
            <CopyButton text={value} label={`Copy ${name}`} />
          </>
        )}
        <IconButton
          label={`Change ${name}`}
          icon={<Pencil aria-hidden="true" size={15} />}
          onClick={() => setEdited(true)}
        />
        <IconButton
          label={`Remove ${name}`}
          icon={<Trash2 aria-hidden="true" size={15} />}
          disabled={stage.isPending}
          onClick={() => stage.mutate({ ...set, body: { unset: [name] } })}
        />
      </span>
      <VariableDialog set={set} place={place} variable={variable} open={isEdited} onClose={() => setEdited(false)} />
    </li>
  );
}

function Value({ value, isShown }: { readonly value: string | null; readonly isShown: boolean }) {
  if (value === null) return <span className="text-small text-soft">sealed: its value never shows again</span>;
  if (!isShown)
    return (
      <span className="font-mono text-small text-faint">
        <span aria-hidden="true">••••••••</span>
        <span className="sr-only">hidden</span>
      </span>
    );
  return <code className="max-h-40 overflow-auto font-mono text-small break-all whitespace-pre-wrap">{value}</code>;
}
