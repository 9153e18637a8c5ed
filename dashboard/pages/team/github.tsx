import { allows } from '@gantry/contract/roles.ts';
import type { Team } from '@gantry/contract/schemas/identity.ts';
import type { Installation } from '@gantry/contract/schemas/source.ts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { Status } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { useAct } from '../../data/act.ts';
import { api } from '../../data/api.ts';
import { goToGitHub } from '../../data/github-join.ts';
import { useTeam } from '../../data/place.ts';

/** The GitHub accounts from whose repositories a team deploys. */
export function View() {
  const { team, role } = useTeam();
  const { data } = useQuery(api('installations.list', { params: { teamId: team.id } }));
  const mayJoin = role !== null && allows(role, 'installation.join');
  const mayLeave = role !== null && allows(role, 'installation.manage');
  return (
    <Page
      title={`GitHub · ${team.name}`}
      heading="GitHub"
      actions={data !== undefined && data.items.length > 0 && mayJoin && <JoinButton team={team} />}
    >
      <Card>
        {data === undefined ? (
          <Skeleton className="m-4 h-16" />
        ) : data.items.length === 0 ? (
          <Empty
            title="No account yet"
            action={mayJoin && <JoinButton team={team} />}
            command={mayJoin ? 'gantry github join' : undefined}
          >
            Join an account on GitHub. Pushes to its repositories then deploy the services with that source.
          </Empty>
        ) : (
          <ul className="divide-y divide-line">
            {data.items.map((installation) => (
              <Row key={installation.id} installation={installation} mayLeave={mayLeave} />
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

function JoinButton({ team }: { readonly team: Team }) {
  const [isBusy, setBusy] = useState(false);
  const begin = () => {
    setBusy(true);
    goToGitHub(team).catch((error: unknown) => {
      setBusy(false);
      toast.error(error);
    });
  };
  return (
    <Button look="primary" busy={isBusy} onClick={begin}>
      Join an account
    </Button>
  );
}

function Row({ installation, mayLeave }: { readonly installation: Installation; readonly mayLeave: boolean }) {
  const { teamId, installationId, account, suspended, createdAt } = installation;
  const [isOpen, setOpen] = useState(false);
  const leave = useAct('installations.leave', {
    quiet: true,
    done: `The team no longer deploys from ${account}.`,
    refetches: ['installations.list'],
    onDone: () => setOpen(false),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <span className="min-w-0 grow basis-48">
        <span className="block truncate font-medium">{account}</span>
        <span className="block text-small text-soft">
          joined <Ago at={createdAt} />
        </span>
      </span>
      {suspended ? <Status tone="bad">Suspended on GitHub</Status> : <Status tone="good">Joined</Status>}
      {mayLeave && <Button onClick={() => setOpen(true)}>Leave</Button>}
      <Confirm
        title={`Leave ${account}?`}
        warning={`Pushes to the repositories of ${account} no longer deploy services of this team. Live releases stay.`}
        action={`Leave ${account}`}
        name={account}
        open={isOpen}
        busy={leave.isPending}
        error={leave.error}
        onConfirm={() => leave.mutate({ params: { teamId, installationId } })}
        onClose={() => setOpen(false)}
      />
    </li>
  );
}
