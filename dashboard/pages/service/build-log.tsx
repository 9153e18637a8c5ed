import { topics } from '@gantry/contract/topics.ts';
import { useCallback } from 'react';
import { Card } from '../../components/card.tsx';
import { client } from '../../data/client.ts';
import { type ReadPage, useTail } from '../../data/tail.ts';
import { LogLines } from './log-lines.tsx';

interface BuildLogProps {
  readonly params: Record<'teamId' | 'projectId' | 'environmentId' | 'serviceId' | 'deploymentId', string>;
}

/** The output of a build, live. */
export function BuildLog({ params }: BuildLogProps) {
  const { teamId, projectId, environmentId, serviceId, deploymentId } = params;
  const read = useCallback<ReadPage>(
    (query) => client('logs.build', { params: { teamId, projectId, environmentId, serviceId, deploymentId }, query }),
    [teamId, projectId, environmentId, serviceId, deploymentId],
  );
  const lines = useTail({ teamId, projectId, topic: topics.buildLogs(deploymentId), read });
  return (
    <Card title="Build log">
      <LogLines label="Build log" log={lines} empty="The build has printed nothing yet." />
    </Card>
  );
}
