import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { Card, Fact, Facts } from '../components/card.tsx';
import { Confirm } from '../components/confirm.tsx';
import { Page } from '../components/page.tsx';
import { Ago } from '../components/time.tsx';
import { useAct } from '../data/act.ts';
import { sessionQuery } from '../data/place.ts';
import { signOut } from '../data/sign-in.ts';
import { paths } from '../paths.ts';
import { NewTeamButton } from './account/new-team.tsx';

/** The user's account, teams and sessions. */
export function View() {
  const { user, teams } = useSuspenseQuery(sessionQuery()).data;
  return (
    <Page title="Account" heading="Account">
      <Card title="You">
        <Facts>
          <Fact name="E-mail">{user.email}</Fact>
          <Fact name="Member">
            since <Ago at={user.createdAt} />
          </Fact>
          <Fact name="Id">
            <code className="font-mono text-small break-all">{user.id}</code>
          </Fact>
        </Facts>
      </Card>
      <Card title="Teams" actions={teams.length > 0 && <NewTeamButton />}>
        <ul className="divide-y divide-line">
          {teams.map(({ team, role }) => (
            <li key={team.id} className="flex flex-wrap items-center justify-between gap-3 px-4 py-2.5">
              <Link to={paths.team(team.slug)} className="font-medium hover:underline">
                {team.name}
              </Link>
              <span className="text-small text-soft">{role ?? 'single projects'}</span>
            </li>
          ))}
        </ul>
      </Card>
      <SignOutEverywhere />
    </Page>
  );
}

function SignOutEverywhere() {
  const [isOpen, setOpen] = useState(false);
  const end = useAct('session.end', { quiet: true, onDone: () => void signOut() });
  return (
    <Card title="Sessions">
      <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
        <p className="min-w-0 text-soft">
          Ends all your sessions, in each browser and terminal. API tokens stay: revoke them in the team.
        </p>
        <Button look="danger" onClick={() => setOpen(true)}>
          Sign out everywhere
        </Button>
      </div>
      <Confirm
        title="Sign out everywhere?"
        warning="Every browser and every gantry command must sign in again, including this browser."
        action="Sign out everywhere"
        open={isOpen}
        busy={end.isPending}
        error={end.error}
        onConfirm={() => end.mutate({})}
        onClose={() => setOpen(false)}
      />
    </Card>
  );
}
