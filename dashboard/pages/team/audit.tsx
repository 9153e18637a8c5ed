import { Download } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { exportAudit, useAudit } from '../../data/audit.ts';
import { useDownload } from '../../data/download.ts';
import { useTeam } from '../../data/place.ts';
import { AuditFilters } from './audit-filters.tsx';
import { AuditRow } from './audit-row.tsx';

/** The changes in a team, newest first, with filters in the address. */
export function View() {
  const { team } = useTeam();
  const { entries, filters, setFilters, more, isLoading, isLoadingMore } = useAudit(team.id);
  const download = useDownload();
  const save = () => download.run(`audit-${team.slug}.csv`, 'text/csv', () => exportAudit(team.id, filters));
  return (
    <Page
      title={`Audit log · ${team.name}`}
      heading="Audit log"
      actions={
        <Button busy={download.busy} onClick={save}>
          <Download aria-hidden="true" size={14} />
          Export as CSV
        </Button>
      }
    >
      <AuditFilters filters={filters} onChange={setFilters} />
      <Card>
        {isLoading ? (
          <Skeleton className="m-4 h-24" />
        ) : entries.length === 0 ? (
          <Empty title="Nothing matches">The log has every change in the team, for as long as the team exists.</Empty>
        ) : (
          <ul className="divide-y divide-line">
            {entries.map((entry) => (
              <AuditRow key={entry.id} entry={entry} onFilter={(added) => setFilters({ ...filters, ...added })} />
            ))}
          </ul>
        )}
      </Card>
      {more !== undefined && (
        <div className="flex justify-center">
          <Button busy={isLoadingMore} onClick={more}>
            Show older entries
          </Button>
        </div>
      )}
    </Page>
  );
}
