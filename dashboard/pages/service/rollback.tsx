import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Fact, Facts } from '../../components/card.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Ago } from '../../components/time.tsx';
import { useAct } from '../../data/act.ts';
import { api } from '../../data/api.ts';
import { changedSettings, releaseQuery } from '../../data/compare.ts';
import { originText, sourceText } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { namesChangedSince, setOf } from '../../data/variables.ts';
import { paths, slugsOf } from '../../paths.ts';
import { SettingChanges } from './setting-changes.tsx';

/** Returns traffic to the release of a deployment. It says first what will change. */
export function RollbackButton({ to }: { readonly to: Deployment }) {
  const place = useService();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const rollback = useAct('deployments.rollback', {
    quiet: true,
    refetches: ['deployments.list'],
    onDone(deployment) {
      setOpen(false);
      void navigate({ to: paths.deployment(slugsOf.service(place), deployment.id) });
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Undo2 aria-hidden="true" size={14} />
        Roll back
      </Button>
      <Confirm
        title={`Roll back to ${shortId(to.id)}?`}
        warning="Its release is still there: it gets the traffic within seconds, without a build."
        action="Roll back"
        look="primary"
        open={isOpen}
        busy={rollback.isPending}
        error={rollback.error}
        onConfirm={() => rollback.mutate({ params: instanceParams(place), body: { deploymentId: to.id } })}
        onClose={() => setOpen(false)}
      >
        <Returns to={to} />
      </Confirm>
    </>
  );
}

/** The settings that a rollback changes, compared with the live release. */
function ReturningSettings({ to }: { readonly to: Deployment }) {
  const place = useService();
  const params = instanceParams(place);
  const { data: deployments } = useQuery(api('deployments.list', { params }));
  const live = deployments?.items.find(({ status }) => status === 'live');
  const read = (deployment: Deployment | undefined) => releaseQuery(params, deployment?.id);
  const [before, after] = [useQuery(read(live)).data, useQuery(read(to)).data];
  if (before === undefined || after === undefined) return 'as they were then';
  const changes = changedSettings(before, after);
  return changes.length === 0 ? 'as they are now' : <SettingChanges changes={changes} />;
}

/** The version, the image, the variables and the settings after a rollback. */
function Returns({ to }: { readonly to: Deployment }) {
  const place = useService();
  const { params, query } = setOf(place, 'service');
  const { data: history } = useQuery(api('variables.history', { params, query: { ...query, limit: '100' } }));
  const names = history && namesChangedSince(history.items, to.createdAt);
  const origin = originText(to);
  return (
    <div className="rounded-md bg-sunken">
      <Facts>
        <Fact name="Version">
          {sourceText(to)}
          {origin !== undefined && <span className="block text-small text-soft">{origin}</span>}
        </Fact>
        <Fact name="Image">
          <code className="font-mono text-small">{to.imageDigest?.slice(7, 19) ?? 'unknown'}</code>, from{' '}
          <Ago at={to.createdAt} />
        </Fact>
        <Fact name="Variables">
          {names === undefined
            ? '…'
            : names.length === 0
              ? 'as they are now'
              : `as they were: ${names.join(', ')} changed since`}
        </Fact>
        <Fact name="Settings">
          <ReturningSettings to={to} />
        </Fact>
      </Facts>
    </div>
  );
}
