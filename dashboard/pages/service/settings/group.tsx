import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Card } from '../../../components/card.tsx';
import { Field, FormError } from '../../../components/field.tsx';
import { Select } from '../../../components/select.tsx';
import { useAct } from '../../../data/act.ts';
import { instanceParams, useService } from '../../../data/place.ts';
import { changeOf, type Setting, type SettingGroup, valueAt } from '../../../data/settings.ts';

interface SettingsGroupProps {
  readonly group: SettingGroup;
  readonly mayChange: boolean;
}

/** Settings that the user saves together. */
export function SettingsGroup({ group: { title, settings }, mayChange }: SettingsGroupProps) {
  const place = useService();
  const { service } = place;
  const shown = settings.filter(({ of }) => of === undefined || of.includes(service.kind));
  const [texts, setTexts] = useState<ReadonlyMap<string, string>>(new Map());
  const save = useAct('services.update', {
    quiet: true,
    done: 'Saved. It applies from the next deployment.',
    refetches: ['services.list'],
    onDone: () => setTexts(new Map()),
  });
  const change = changeOf(service, shown, texts);
  const { teamId, projectId, serviceId } = instanceParams(place);
  return (
    <Card title={title}>
      <form
        className="grid gap-4 px-4 py-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ params: { teamId, projectId, serviceId }, body: change, ifMatch: service.version });
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          {shown.map((setting) => (
            <SettingField
              key={setting.path}
              setting={setting}
              value={texts.get(setting.path) ?? valueAt(service, setting.path)}
              disabled={!mayChange}
              error={save.error}
              onChange={(text) => setTexts(new Map(texts).set(setting.path, text))}
            />
          ))}
        </div>
        <FormError error={save.error} fields={shown.map(({ path }) => `body.${path}`)} />
        {mayChange && (
          <div className="flex justify-end">
            <Button type="submit" look="primary" disabled={Object.keys(change).length === 0} busy={save.isPending}>
              Save
            </Button>
          </div>
        )}
      </form>
    </Card>
  );
}

interface SettingFieldProps {
  readonly setting: Setting;
  readonly value: string;
  readonly disabled: boolean;
  readonly error: Parameters<typeof FormError>[0]['error'];
  readonly onChange: (text: string) => void;
}

function SettingField({ setting, value, disabled, error, onChange }: SettingFieldProps) {
  const { path, label, hint, preset, kind, options } = setting;
  if (options !== undefined)
    return (
      <Select
        label={label}
        hint={hint}
        value={value}
        disabled={disabled}
        onChange={onChange}
        options={options.map((each) => [each, each] as const)}
      />
    );
  return (
    <Field
      label={label}
      hint={hint}
      inputMode={kind === 'number' ? 'numeric' : undefined}
      placeholder={preset}
      value={value}
      disabled={disabled}
      onChange={(event) => onChange(event.target.value)}
      error={error}
      field={`body.${path}`}
    />
  );
}
