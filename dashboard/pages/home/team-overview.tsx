import type { Role } from '@gantry/contract/roles.ts';
import type { Team } from '@gantry/contract/schemas/identity.ts';
import { Link } from '@tanstack/react-router';
import { Card } from '../../components/card.tsx';
import { StateRow } from '../../components/state-row.tsx';
import { DeploymentState } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { sourceText } from '../../data/deployments.ts';
import { needingAttention, type Placed, useRecent } from '../../data/recent.ts';
import { paths } from '../../paths.ts';
import { TeamProjects } from './team-projects.tsx';

const MOST_RECENT = 6;

/** A team: what needs attention, its projects and its latest deployments. */
export function TeamOverview({ team, role }: { readonly team: Team; readonly role: Role | null }) {
  const recent = useRecent(team) ?? [];
  const attention = needingAttention(recent);
  return (
    <section aria-label={team.name} className="grid gap-5">
      {attention.length > 0 && (
        <Card title="Needs attention" edge="bad">
          <Rows rows={attention} about={({ deployment }) => deployment.reason?.detail ?? deployment.waitsFor ?? ''} />
        </Card>
      )}
      <Card
        title={
          <Link to={paths.team(team.slug)} className="hover:underline">
            {team.name}
          </Link>
        }
      >
        <TeamProjects team={team} role={role} />
      </Card>
      {recent.length > 0 && (
        <Card title="Latest deployments">
          <Rows rows={recent.slice(0, MOST_RECENT)} about={({ deployment }) => sourceText(deployment)} />
        </Card>
      )}
    </section>
  );
}

interface RowsProps {
  readonly rows: readonly Placed[];
  readonly about: (placed: Placed) => string;
}

function Rows({ rows, about }: RowsProps) {
  return (
    <ul className="divide-y divide-line">
      {rows.map((placed) => (
        <StateRow
          key={placed.deployment.id}
          to={placed.to}
          state={<DeploymentState {...placed.deployment} />}
          name={
            <>
              {placed.service} <span className="font-normal text-soft">in {placed.where}</span>
            </>
          }
          about={about(placed)}
        >
          <Ago at={placed.deployment.createdAt} />
        </StateRow>
      ))}
    </ul>
  );
}
