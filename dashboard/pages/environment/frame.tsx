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
          { label: 'Services', to: paths.environment(slugs) },
          { label: 'Settings', to: paths.environmentSettings(slugs) },
        ]}
      />
      <Outlet />
    </>
  );
}
