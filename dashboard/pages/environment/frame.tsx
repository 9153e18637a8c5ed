import { Outlet } from '@tanstack/react-router';
import { Tabs } from '../../components/tabs.tsx';
import { useEnvironment } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';

/** The pages of an environment. */
export function View() {
  const slugs = slugsOf.environment(useEnvironment());
  return (
    <>
      <Tabs
        label="Environment"
        tabs={[
          { label: 'Overview', to: paths.environment(slugs) },
          { label: 'Databases', to: paths.databases(slugs), deep: true },
          { label: 'Settings', to: paths.environmentSettings(slugs) },
        ]}
      />
      <Outlet />
    </>
  );
}
