import { Outlet } from '@tanstack/react-router';
import { Tabs } from '../../components/tabs.tsx';
import { useService } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';

/** The pages of a service in an environment. */
export function View() {
  const slugs = slugsOf.service(useService());
  const tabs = [
    { label: 'Overview', to: paths.service(slugs) },
    { label: 'Deployments', to: paths.deployments(slugs), deep: true },
    { label: 'Metrics', to: paths.metrics(slugs) },
    { label: 'Logs', to: paths.logs(slugs) },
    { label: 'Alerts', to: paths.alerts(slugs) },
    { label: 'Variables', to: paths.variables(slugs) },
    { label: 'Settings', to: paths.settings(slugs) },
  ];
  return (
    <>
      <Tabs label="Service" tabs={tabs} />
      <Outlet />
    </>
  );
}
