import type { Deployment, Rollback } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Fact, Facts } from '../../components/card.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Ago } from '../../components/time.tsx';
import { useAct } from '../../data/act.ts';
import { api } from '../../data/api.ts';
import { changedSettings, releaseQuery } from '../../data/compare.ts';
import { originText, sourceText } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { useRollbackData } from '../../data/rollback-data.ts';
import { namesChangedSince, setOf } from '../../data/variables.ts';
import { paths, slugsOf } from '../../paths.ts';
import { DataChoice } from './rollback-data.tsx';
import { SettingChanges } from './setting-changes.tsx';

/** Returns traffic to the release of a deployment. It says first what will change. */
export function RollbackButton({ to }: { readonly to: Deployment }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Undo2 aria-hidden="true" size={14} />
        Roll back
      </Button>
      {isOpen && <RollbackDialog to={to} onClose={() => setOpen(false)} />}
    </>
  );
}

interface RollbackDialogProps {
  readonly to: Deployment;
  readonly onClose: () => void;
}

/**
 * A rollback with the earlier data first restores the databases, and then asks for a confirmation. The user may close the
 * dialog: the next try finds the restored databases.
 */
function RollbackDialog({ to, onClose }: RollbackDialogProps) {
  const place = useService();
  const navigate = useNavigate();
  const [isWithData, setWithData] = useState(false);
  const data = useRollbackData(to);
  const rollback = useAct('deployments.rollback', {
    quiet: true,
    refetches: ['deployments.list'],
    onDone(deployment) {
      onClose();
      void navigate({ to: paths.deployment(slugsOf.service(place), deployment.id) });
    },
  });
  const isRestored = isWithData && data.state === 'ready';
  const mutate = (body: Rollback) => rollback.mutate({ params: instanceParams(place), body });
  const confirm = () => {
    if (!isWithData) mutate({ deploymentId: to.id });
    else if (isRestored) mutate({ deploymentId: to.id, data: [...data.replacements] });
    else data.restore();
  };
  return (
    <Confirm
      title={`Roll back to ${shortId(to.id)}?`}
      warning={warningOf(isWithData, isRestored)}
      action={!isWithData ? 'Roll back' : isRestored ? 'Roll back with data' : 'Restore the data'}
      look={isRestored ? 'danger' : 'primary'}
      {...(isRestored && { name: data.point?.databases[0]?.slug ?? '' })}
      open={true}
      busy={rollback.isPending || (isWithData && data.state === 'busy')}
      error={rollback.error ?? data.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Returns to={to} data={<DataChoice data={data} isChosen={isWithData} onChange={setWithData} />} />
    </Confirm>
  );
}

function warningOf(isWithData: boolean, isRestored: boolean): string {
  if (!isWithData) return 'Its release is still there: it gets the traffic within seconds, without a build.';
  if (!isRestored)
    return 'The data is restored into new databases first. The service changes only once you confirm that.';
  return 'The service gets the restored databases. Later writes stay only in the present ones, which get the names of the restored ones.';
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

/** The version, the image, the variables, the settings and the data after a rollback. */
function Returns({ to, data }: { readonly to: Deployment; readonly data: ReactNode }) {
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
        <Fact name="Data">{data}</Fact>
      </Facts>
    </div>
  );
}
