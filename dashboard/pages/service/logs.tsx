import { topics } from '@gantry/contract/topics.ts';
import { useCallback } from 'react';
import { Card } from '../../components/card.tsx';
import { Page } from '../../components/page.tsx';
import { client } from '../../data/client.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { type ReadPage, useTail } from '../../data/tail.ts';
import { LogLines } from './log-lines.tsx';

/** What a service prints in an environment. */
export function View() {
  const place = useService();
  const { teamId, projectId, environmentId, serviceId } = instanceParams(place);
  const read = useCallback<ReadPage>(
    (query) => client('logs.app', { params: { teamId, projectId, environmentId, serviceId }, query }),
    [teamId, projectId, environmentId, serviceId],
  );
  const log = useTail({ teamId, projectId, topic: topics.appLogs(serviceId, environmentId), read });
  return (
    <Page title={`Logs · ${place.service.name}`} heading="Logs">
      <Card>
        <LogLines label="Log of the service" log={log} empty="Nothing was printed yet." />
      </Card>
    </Page>
  );
}
