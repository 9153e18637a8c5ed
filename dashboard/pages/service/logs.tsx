import { topics } from '@gantry/contract/topics.ts';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { Card } from '../../components/card.tsx';
import { Page } from '../../components/page.tsx';
import { client } from '../../data/client.ts';
import { filterOf, type LogSearch, logSearch } from '../../data/log-search.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { type ReadPage, useTail } from '../../data/tail.ts';
import { LogLines } from './log-lines.tsx';
import { LogToolbar } from './log-toolbar.tsx';

/** The log of a service in an environment, with the filters in the address. */
export function View() {
  const place = useService();
  const { teamId, projectId, environmentId, serviceId } = instanceParams(place);
  const search = logSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const wanted = JSON.stringify(filterOf(search));
  const filter = useMemo(() => filterOf(logSearch(JSON.parse(wanted))), [wanted]);
  const read = useCallback<ReadPage>(
    (query) => client('logs.app', { params: { teamId, projectId, environmentId, serviceId }, query }),
    [teamId, projectId, environmentId, serviceId],
  );
  const log = useTail({ teamId, projectId, topic: topics.appLogs(serviceId, environmentId), filter, read });
  const setSearch = (next: LogSearch) => void navigate({ to: '.', search: logSearch({ ...next }), replace: true });
  return (
    <Page title={`Logs · ${place.service.name}`} heading="Logs">
      <LogToolbar name={place.service.slug} search={search} lines={log.lines ?? []} onChange={setSearch} />
      <div className="[&_[role=log]]:rounded-lg">
        <Card>
          <LogLines
            label="Log of the service"
            log={log}
            marked={search.line}
            empty={wanted === '{}' ? 'Nothing was printed yet.' : 'No line matches.'}
          />
        </Card>
      </div>
    </Page>
  );
}
