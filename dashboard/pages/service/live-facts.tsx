import { allows } from '@gantry/contract/roles.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { Link } from '@tanstack/react-router';
import { ExternalLink } from 'lucide-react';
import { Fact, Facts } from '../../components/card.tsx';
import { Health, Status } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { sourceText } from '../../data/deployments.ts';
import { useService } from '../../data/place.ts';
import { sourceSummary } from '../../data/source.ts';
import { paths, slugsOf } from '../../paths.ts';
import { ScaleButton } from './scale.tsx';

interface LiveFactsProps {
  readonly live: Deployment;
  readonly health: InstanceHealth;
  /** Whether another deployment is in flight: then the user cannot start one. */
  readonly isBusy: boolean;
}

/** The live release: its health, its address and its source. */
export function LiveFacts({ live, health, isBusy }: LiveFactsProps) {
  const place = useService();
  const { service, role } = place;
  const mayScale = role !== null && allows(role, 'deployment.create') && health.stopped === null && !isBusy;
  const count = service.kind === 'cron' ? 'at each run' : `${health.running} of ${health.wanted} ready`;
  return (
    <Facts>
      <Fact name="Health">
        {health.liveDeploymentId === null ? (
          <Status tone="quiet">Not known yet</Status>
        ) : (
          <Health state={health.state} />
        )}
      </Fact>
      {live.url !== null && (
        <Fact name="Address">
          <a
            href={live.url}
            target="_blank"
            rel="noreferrer"
            className="inline-flex max-w-full items-center gap-1.5 text-accent hover:underline"
          >
            <span className="truncate">{new URL(live.url).host}</span>
            <ExternalLink aria-hidden="true" size={13} className="shrink-0" />
          </a>
        </Fact>
      )}
      <Fact name="Deployment">
        <Link to={paths.deployment(slugsOf.service(place), live.id)} className="hover:underline">
          <code className="font-mono text-small">{shortId(live.id)}</code> · {sourceText(live)} ·{' '}
          <Ago at={live.createdAt} />
        </Link>
      </Fact>
      <Fact name="Source">
        <span className="break-all">{sourceSummary(service.source)}</span>
      </Fact>
      <Fact name="Replicas">
        <span className="flex flex-wrap items-center gap-3">
          <span className="tabular">{`${count}, ${service.scaling.size}`}</span>
          {mayScale && <ScaleButton />}
        </span>
      </Fact>
    </Facts>
  );
}
