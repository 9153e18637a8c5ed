import { shortId } from '@gantry/contract/short-id.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ExternalLink, GitCompareArrows } from 'lucide-react';
import { buttonClasses } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Page } from '../../components/page.tsx';
import { capital, deploymentTones } from '../../components/status.tsx';
import { api } from '../../data/api.ts';
import { isInFlight, sourceText } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';
import { Analysis } from './analysis.tsx';
import { BuildLog } from './build-log.tsx';
import { DeploymentActions } from './deployment-actions.tsx';
import { DeploymentFacts } from './deployment-facts.tsx';
import { Plan } from './plan.tsx';
import { Progress } from './progress.tsx';

/** One deployment: its steps, the reason of a failure, and the output of its build. */
export function View() {
  const place = useService();
  const { deployment: deploymentId = '' } = useParams({ strict: false });
  const params = { ...instanceParams(place), deploymentId };
  const { data: deployment } = useSuspenseQuery(api('deployments.get', { params }));
  const { status, reason, url } = deployment;
  return (
    <Page
      title={`${capital(status)} · ${place.service.name} ${shortId(deploymentId)}`}
      heading={
        <>
          {sourceText(deployment)}{' '}
          <code className="font-mono text-body font-normal tracking-normal text-faint">{shortId(deploymentId)}</code>
        </>
      }
      tone={deploymentTones[status]}
      actions={
        <>
          {status === 'live' && url !== null && (
            <a href={url} target="_blank" rel="noreferrer" className={buttonClasses('primary')}>
              Open {new URL(url).host.split('.')[0]}
              <ExternalLink aria-hidden="true" size={13} />
            </a>
          )}
          <Link to={paths.compare(slugsOf.service(place))} search={{ to: deploymentId }} className={buttonClasses()}>
            <GitCompareArrows aria-hidden="true" size={14} />
            Compare
          </Link>
          <DeploymentActions deployment={deployment} />
        </>
      }
    >
      {reason !== null && (
        <Card title="Why it ended" edge="bad">
          <div className="grid gap-3 px-4 py-3">
            <p>{reason.detail}</p>
            {reason.lines.length > 0 && (
              <pre className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-small">
                {reason.lines.join('\n')}
              </pre>
            )}
          </div>
        </Card>
      )}
      <Card title={isInFlight(deployment) ? 'On its way' : 'Steps'}>
        <Progress deployment={deployment} />
      </Card>
      {deployment.analysis !== null && <Analysis analysis={deployment.analysis} />}
      {deployment.imageDigest !== null && <Plan params={params} />}
      {deployment.source.kind !== 'release' && <BuildLog params={params} />}
      <DeploymentFacts deployment={deployment} />
    </Page>
  );
}
