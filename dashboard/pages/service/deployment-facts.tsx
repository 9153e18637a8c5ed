import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { useQuery } from '@tanstack/react-query';
import { Card, Fact, Facts } from '../../components/card.tsx';
import { Ago, Took } from '../../components/time.tsx';
import { apiList } from '../../data/api.ts';

/** The facts of a deployment: its author, its source, its time and its duration. */
export function DeploymentFacts({ deployment }: { readonly deployment: Deployment }) {
  const { id, teamId, source, createdBy, createdAt, queuedAt, finishedAt, imageDigest, run } = deployment;
  const { data: members } = useQuery(apiList('members.list', { params: { teamId } }));
  const person = members?.find(({ userId }) => userId === createdBy)?.email;
  const commit = source.kind === 'github' || source.kind === 'git' ? source.commit : null;
  // The platform itself rolls back from a release that crashes.
  const itself = source.kind === 'release' ? 'Gantry' : 'a push';
  return (
    <Card title="About">
      <Facts>
        <Fact name="Started">
          <Ago at={createdAt} /> by {createdBy === null ? itself : (person ?? 'a member')}
          {run > 1 && <span className="text-soft">{`, run ${run}`}</span>}
        </Fact>
        <Fact name="Took">
          <Took from={queuedAt} to={finishedAt} />
        </Fact>
        {commit !== null && (
          <Fact name="Commit">
            <code className="font-mono text-small">{commit.id.slice(0, 7)}</code> {commit.message}
            <span className="block text-small text-soft">by {commit.author}</span>
          </Fact>
        )}
        {(source.kind === 'github' || source.kind === 'git') && <Fact name="Branch">{source.branch}</Fact>}
        {imageDigest !== null && (
          <Fact name="Image">
            <code className="font-mono text-small">{imageDigest.slice(7, 19)}</code>
          </Fact>
        )}
        <Fact name="Id">
          <code className="font-mono text-small" title={id}>
            {shortId(id)}
          </code>
        </Fact>
      </Facts>
    </Card>
  );
}
