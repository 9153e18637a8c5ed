import type { Alert } from '@gantry/contract/schemas/alerts.ts';
import { Bell, BellOff } from 'lucide-react';
import { useState } from 'react';
import { ItemActions } from '../../components/item-actions.tsx';
import { MenuItem } from '../../components/menu.tsx';
import { useAct } from '../../data/act.ts';
import { alertParams } from '../../data/alerts.ts';
import { useService } from '../../data/place.ts';
import { AlertForm } from './alert-form.tsx';

const SILENCES = [
  [1, 'Silence for an hour'],
  [8, 'Silence for 8 hours'],
  [24 * 7, 'Silence for a week'],
] as const;
const HOUR_MS = 3_600_000;

/** What a developer may do with an alert. */
export function AlertActions({ alert }: { readonly alert: Alert }) {
  const { id: alertId, name, silencedUntil } = alert;
  const params = { ...alertParams(useService()), alertId };
  const [shown, setShown] = useState<'edit' | 'delete'>();
  const close = () => setShown(undefined);
  const refetches = ['alerts.list'] as const;
  const silence = useAct('alerts.silence', {
    refetches,
    done: ({ silencedUntil: until }) => `${name} is ${until === null ? 'no longer silent' : 'silent'}.`,
  });
  const update = useAct('alerts.update', { quiet: true, refetches, done: `${name} is changed.`, onDone: close });
  const remove = useAct('alerts.delete', { quiet: true, refetches, done: `${name} is deleted.`, onDone: close });
  const silenceFor = (hours: number) =>
    silence.mutate({ params, body: { until: new Date(Date.now() + hours * HOUR_MS).toISOString() } });
  return (
    <ItemActions
      name={name}
      shown={shown}
      onShow={setShown}
      change={{
        label: 'Change rule',
        hint: 'The next minute is judged by the new rule.',
        form: (
          <AlertForm
            alert={alert}
            action="Save"
            busy={update.isPending}
            error={update.error}
            onSend={({ metric: _, ...body }) => update.mutate({ params, body })}
          />
        ),
      }}
      removal={{
        action: 'Delete alert',
        warning: 'Nobody hears of this rule any more, and its history goes with it.',
        busy: remove.isPending,
        error: remove.error,
        onConfirm: () => remove.mutate({ params }),
      }}
    >
      {silencedUntil === null ? (
        SILENCES.map(([hours, text]) => (
          <MenuItem key={hours} onSelect={() => silenceFor(hours)}>
            <BellOff aria-hidden="true" size={14} />
            {text}
          </MenuItem>
        ))
      ) : (
        <MenuItem onSelect={() => silence.mutate({ params, body: { until: null } })}>
          <Bell aria-hidden="true" size={14} />
          End the silence
        </MenuItem>
      )}
    </ItemActions>
  );
}
