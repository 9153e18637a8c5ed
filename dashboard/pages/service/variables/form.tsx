import type { Variable, VariableScope } from '@gantry/contract/schemas/variables.ts';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Checkbox } from '../../../components/checkbox.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Field, FormError, TextArea } from '../../../components/field.tsx';
import { Select } from '../../../components/select.tsx';
import { useAct } from '../../../data/act.ts';
import type { ServicePlace } from '../../../data/place.ts';
import { appliedText, refetches, type SetPlace, scopeTexts } from '../../../data/variables.ts';
import { References } from './references.tsx';

interface VariableDialogProps {
  readonly set: SetPlace;
  readonly place: ServicePlace;
  /** The variable to change; absent for a new one. */
  readonly variable?: Variable;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function VariableDialog({ open, onClose, variable, ...rest }: VariableDialogProps) {
  return (
    <Dialog
      title={variable === undefined ? 'Add a variable' : `Change ${variable.name}`}
      description="The change is staged: the app gets it when you apply it."
      open={open}
      onClose={onClose}
    >
      <VariableForm {...rest} {...(variable && { variable })} onDone={onClose} />
    </Dialog>
  );
}

interface VariableFormProps extends Pick<VariableDialogProps, 'set' | 'place' | 'variable'> {
  readonly onDone: () => void;
}

function VariableForm({ set, place, variable, onDone }: VariableFormProps) {
  const [name, setName] = useState(variable?.name ?? '');
  const [value, setValue] = useState(variable?.value ?? '');
  const [scope, setScope] = useState<VariableScope>(variable?.scope ?? 'run');
  const [sealed, setSealed] = useState(variable?.sealed ?? false);
  const stage = useAct('variables.stage', { quiet: true, refetches, onDone });
  const apply = useAct('variables.set', {
    quiet: true,
    refetches: [...refetches, 'deployments.list'],
    onDone,
    done: appliedText,
  });
  const error = stage.error ?? apply.error;
  // An empty field leaves a sealed value as it is.
  const isKept = variable !== undefined && variable.value === null && value === '';
  const body = { set: { [name]: { scope, sealed, ...(!isKept && { value }) } } };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        apply.reset();
        stage.mutate({ ...set, body });
      }}
    >
      {variable === undefined && (
        <Field
          label="Name"
          required
          maxLength={128}
          placeholder="DATABASE_URL"
          className="font-mono"
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={error}
          field={`body.set.${name}`}
        />
      )}
      <TextArea
        label="Value"
        rows={Math.min(8, value.split('\n').length + 1)}
        placeholder={variable?.value === null ? 'Leave empty to keep the sealed value' : undefined}
        value={value}
        onChange={(event) => setValue(event.target.value)}
        error={error}
        field={`body.set.${name}.value`}
      />
      <References place={place} onPick={(reference) => setValue(`${value}${reference}`)} />
      <Select
        label="For"
        value={scope}
        onChange={(next) => setScope(next as VariableScope)}
        options={Object.entries(scopeTexts)}
      />
      <Checkbox
        label="Seal"
        hint="The value never shows again. You can only replace it."
        checked={sealed}
        onChange={setSealed}
      />
      <FormError error={error} fields={[`body.set.${name}`, `body.set.${name}.value`]} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button
          busy={apply.isPending}
          disabled={name === ''}
          onClick={() => {
            stage.reset();
            apply.mutate({ ...set, body });
          }}
        >
          Apply at once
        </Button>
        <Button type="submit" look="primary" busy={stage.isPending}>
          Stage the change
        </Button>
      </div>
    </form>
  );
}
