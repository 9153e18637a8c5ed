import { allows } from '@gantry/contract/roles.ts';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Card, Fact, Facts } from '../../components/card.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Page } from '../../components/page.tsx';
import { useAct } from '../../data/act.ts';
import { useTeam } from '../../data/place.ts';
import { paths } from '../../paths.ts';
import { RenameTeam } from './rename-team.tsx';
import { TransferTeam } from './transfer-team.tsx';

/** The name of a team, leaving it, and handing it over. */
export function View() {
  const { team, role } = useTeam();
  return (
    <Page title={`Settings · ${team.name}`} heading="Settings">
      <Card title="Team">
        <Facts>
          <Fact name="In addresses">
            <code className="font-mono text-small">{team.slug}</code>
          </Fact>
          <Fact name="Your role">{role ?? 'single projects'}</Fact>
        </Facts>
        {role !== null && allows(role, 'team.update') && <RenameTeam team={team} />}
      </Card>
      {role === 'owner' && <TransferTeam team={team} />}
      <LeaveTeam />
    </Page>
  );
}

function LeaveTeam() {
  const { team } = useTeam();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const leave = useAct('teams.leave', {
    quiet: true,
    done: `You have left ${team.name}.`,
    onDone: () => void navigate({ to: paths.home() }),
    refetches: ['session.get'],
  });
  return (
    <Card title="Leave">
      <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
        <p className="min-w-0 text-soft">Ends your membership and your API tokens for this team.</p>
        <Button look="danger" onClick={() => setOpen(true)}>
          Leave team
        </Button>
      </div>
      <Confirm
        title={`Leave ${team.name}?`}
        warning="Your membership and your API tokens for this team end. Somebody must invite you before you can return."
        action="Leave team"
        name={team.slug}
        open={isOpen}
        busy={leave.isPending}
        error={leave.error}
        onConfirm={() => leave.mutate({ params: { teamId: team.id } })}
        onClose={() => setOpen(false)}
      />
    </Card>
  );
}
