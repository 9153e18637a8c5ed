import { alertRuleText, alertValueText, proposedAlerts } from '@gantry/contract/alert-rules.ts';
import { allows } from '@gantry/contract/roles.ts';
import type { Alert } from '@gantry/contract/schemas/alerts.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { AlertState } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useAct } from '../../data/act.ts';
import { alertParams, alertsQuery, missingOf, ofService } from '../../data/alerts.ts';
import { useService } from '../../data/place.ts';
import { AlertActions } from './alert-actions.tsx';
import { AlertHistory } from './alert-history.tsx';
import { NewAlertButton } from './new-alert.tsx';

/** The alerts of a service in an environment, with their states. */
export function View() {
  const place = useService();
  const { service, role } = place;
  const alerts = ofService(useSuspenseQuery(alertsQuery(place)).data, place);
  const mayManage = role !== null && allows(role, 'alert.manage');
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  return (
    <Page
      title={`${firing > 0 ? `${firing} firing · ` : ''}Alerts · ${service.name}`}
      heading="Alerts"
      tone={firing > 0 ? 'bad' : undefined}
      actions={
        mayManage &&
        alerts.length > 0 && (
          <>
            <ProposeButton alerts={alerts} />
            <NewAlertButton />
          </>
        )
      }
    >
      <Card>
        {alerts.length === 0 ? (
          <Empty
            title="No alert yet"
            command={mayManage ? 'gantry alerts propose' : undefined}
            action={
              mayManage && (
                <span className="flex flex-wrap justify-center gap-2">
                  <ProposeButton alerts={alerts} />
                  <NewAlertButton look="secondary" />
                </span>
              )
            }
          >
            An alert watches errors, latency, processor, memory or restarts once a minute. The team's channels hear when
            it fires and when it resolves.
          </Empty>
        ) : (
          <ul className="divide-y divide-line">
            {alerts.map((alert) => (
              <Row key={alert.id} alert={alert} mayManage={mayManage} />
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function Row({ alert, mayManage }: { readonly alert: Alert; readonly mayManage: boolean }) {
  const { name, state, since, value, metric, silencedUntil } = alert;
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="px-4 py-2.5">
      <div className="grid gap-x-4 gap-y-1 sm:grid-cols-[7rem_minmax(0,1fr)_auto] sm:items-center">
        <AlertState state={state} />
        <span className="min-w-0">
          <span className="block truncate font-medium">{name}</span>
          <span className="block text-small text-soft">
            {alertRuleText(alert)}
            {value !== null && state !== 'ok' && (
              <strong className="font-medium text-bad"> · {alertValueText(metric, value)}</strong>
            )}
          </span>
          {alert.check !== null && <span className="block truncate text-small text-soft">{alert.check.url}</span>}
          {alert.detail !== null && state !== 'ok' && <span className="block text-small text-bad">{alert.detail}</span>}
          <span className="block text-small text-soft">
            since <Ago at={since} />
            {silencedUntil !== null && ` · silent until ${WHEN.format(new Date(silencedUntil))}`}
          </span>
        </span>
        <span className="flex flex-wrap gap-1">
          <Button look="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            History
          </Button>
          {mayManage && <AlertActions alert={alert} />}
        </span>
      </div>
      {isOpen && <AlertHistory key={alert.since} alert={alert} />}
    </li>
  );
}

/** Creates the rules that Gantry proposes; absent once all of them are there. */
function ProposeButton({ alerts }: { readonly alerts: readonly Alert[] }) {
  const place = useService();
  const create = useAct('alerts.create', { refetches: ['alerts.list'] });
  const missing = missingOf(proposedAlerts, alerts);
  if (missing.length === 0) return null;
  const propose = async () => {
    const where = { serviceId: place.service.id, environmentId: place.environment.id };
    for (const rule of missing) await create.mutateAsync({ params: alertParams(place), body: { ...rule, ...where } });
  };
  return (
    <Button
      look={alerts.length === 0 ? 'primary' : 'secondary'}
      busy={create.isPending}
      onClick={() => void propose().catch(() => undefined)}
    >
      Add proposed alerts
    </Button>
  );
}
