import { useQuery } from '@tanstack/react-query';
import { Card, Fact, Facts } from '../../components/card.tsx';
import { api } from '../../data/api.ts';

interface PlanProps {
  readonly params: Record<'teamId' | 'projectId' | 'environmentId' | 'serviceId' | 'deploymentId', string>;
}

/** How the build made the image, with the file and the rule of each part. Nothing if the build decided nothing. */
export function Plan({ params }: PlanProps) {
  const { data: plan } = useQuery(api('deployments.plan', { params }));
  if (plan === undefined || plan.decisions.length === 0) return null;
  return (
    <Card title="Plan">
      <Facts>
        {plan.decisions.map(({ part, value, source, insteadOf }) => (
          <Fact key={`${part} ${value}`} name={part}>
            <code className="break-words font-mono text-small">{value}</code>
            <span className="text-soft">
              {` from ${source}`}
              {insteadOf !== null && `, in place of ${insteadOf}`}
            </span>
          </Fact>
        ))}
      </Facts>
      {plan.notes.map((note) => (
        <p key={note} className="px-4 pb-3 text-soft">
          {`Note: ${note}.`}
        </p>
      ))}
    </Card>
  );
}
