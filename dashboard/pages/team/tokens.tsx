import type { ApiToken } from '@gantry/contract/schemas/identity.ts';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { Ago } from '../../components/time.tsx';
import { useAct } from '../../data/act.ts';
import { apiList } from '../../data/api.ts';
import { projectsQuery, sessionQuery, useTeam } from '../../data/place.ts';
import { NewTokenButton } from './new-token.tsx';

/** The user's API tokens, and for an admin those of all members. */
export function View() {
  const { team } = useTeam();
  const { data: tokens } = useQuery(apiList('tokens.list', { params: { teamId: team.id } }));
  return (
    <Page title={`API tokens · ${team.name}`} heading="API tokens" actions={<NewTokenButton team={team} />}>
      <Card>
        {tokens === undefined ? (
          <Skeleton className="m-4 h-16" />
        ) : tokens.length === 0 ? (
          <Empty title="No token yet" command="gantry token create ci --scope deploy">
            A token lets a program act as you, with at most your rights: in CI, in a script, in the gantry command.
          </Empty>
        ) : (
          <ul className="divide-y divide-line">
            {tokens.map((token) => (
              <Row key={token.id} token={token} />
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

function Row({ token }: { readonly token: ApiToken }) {
  const { id, teamId, userId, name, scope, projectId, lastFour, createdAt, expiresAt } = token;
  const { user } = useSuspenseQuery(sessionQuery()).data;
  const { data: projects } = useSuspenseQuery(projectsQuery(teamId));
  const { data: members } = useQuery(apiList('members.list', { params: { teamId } }));
  const revoke = useAct('tokens.revoke', { done: `Token ${name} is revoked.`, refetches: ['tokens.list'] });
  const project =
    projectId === null ? undefined : (projects.find((each) => each.id === projectId)?.name ?? 'one project');
  const owner = userId === user.id ? undefined : members?.find((each) => each.userId === userId)?.email;
  const isOver = Date.parse(expiresAt) < Date.now();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <span className="min-w-0 grow basis-56">
        <span className="block truncate font-medium">
          {name} <code className="font-mono text-small font-normal text-soft">…{lastFour}</code>
        </span>
        <span className="block text-small text-soft">
          {[scope, project, owner].filter(Boolean).join(' · ')} · created <Ago at={createdAt} /> ·{' '}
          {isOver ? <span className="text-busy">expired</span> : `until ${new Date(expiresAt).toLocaleDateString()}`}
        </span>
      </span>
      <Button busy={revoke.isPending} onClick={() => revoke.mutate({ params: { teamId, tokenId: id } })}>
        Revoke
      </Button>
    </li>
  );
}
