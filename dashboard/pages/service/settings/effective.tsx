import { serviceDefaults } from '@gantry/contract/service-defaults.ts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from '../../../components/card.tsx';
import { api } from '../../../data/api.ts';
import { releaseQuery, releaseSettings } from '../../../data/compare.ts';
import { instanceParams, useService } from '../../../data/place.ts';
import { type Setting, valueAt } from '../../../data/settings.ts';
import { paths, slugsOf } from '../../../paths.ts';

/** The settings of the live release, the origin of each value, and the changes by the next deployment. Nothing if nothing is live. */
export function Effective() {
  const place = useService();
  const { service } = place;
  const params = instanceParams(place);
  const { data: deployments } = useQuery(api('deployments.list', { params }));
  const live = deployments?.items.find(({ status }) => status === 'live');
  const { data: release } = useQuery(releaseQuery(params, live?.id));
  if (live === undefined || release === undefined) return null;
  const shown = releaseSettings.filter(({ of }) => of === undefined || of.includes(service.kind));
  return (
    <Card
      title={`In effect in ${place.environment.name}`}
      actions={
        <Link to={paths.deployment(slugsOf.service(place), live.id)} className="text-small text-accent hover:underline">
          Plan of its build
        </Link>
      }
    >
      <table className="w-full text-left">
        <thead className="text-small text-soft max-sm:sr-only">
          <tr>
            <th className="px-4 py-2 font-normal">Setting</th>
            <th className="py-2 pr-4 font-normal">Value</th>
            <th className="py-2 pr-4 font-normal">From</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line border-t border-line">
          {shown.map((setting) => (
            <Row
              key={setting.path}
              setting={setting}
              runs={valueAt(release, setting.path)}
              says={valueAt(service, setting.path)}
            />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

interface RowProps {
  readonly setting: Setting;
  /** The value in the live release, and the service's present value. */
  readonly runs: string;
  readonly says: string;
}

function Row({ setting: { path, label, preset }, runs, says }: RowProps) {
  // A release records a port even if the service sets none.
  const isPreset = runs === '' || runs === preset || runs === valueAt(serviceDefaults, path);
  const isOld = (says || preset) !== (runs || preset);
  return (
    <tr className="max-sm:grid max-sm:px-4 max-sm:py-2">
      <th scope="row" className="px-4 py-2 align-top font-normal text-soft max-sm:p-0">
        {label}
      </th>
      <td className="py-2 pr-4 align-top max-sm:p-0">
        <span className={runs === '' ? 'text-soft' : 'font-mono text-small break-all'}>{runs || preset}</span>
        {isOld && <span className="block text-small text-busy">{`${says || preset} from the next deployment on`}</span>}
      </td>
      <td className="py-2 pr-4 align-top text-small text-soft max-sm:p-0">{originOf(path, isPreset)}</td>
    </tr>
  );
}

/** Values that the build detected come from the source. The plan of the build names the file. */
function originOf(path: string, isPreset: boolean): string {
  if (!isPreset) return 'this service';
  return path === 'runtime.startCommand' ? 'the source' : 'default';
}
