import { Outlet } from '@tanstack/react-router';
import { Tabs } from '../../components/tabs.tsx';
import { useTeam } from '../../data/place.ts';
import { paths } from '../../paths.ts';

/** The pages of a team. */
export function View() {
  const { team } = useTeam();
  return (
    <>
      <Tabs label="Team" tabs={[{ label: 'Projects', to: paths.team(team.slug) }]} />
      <Outlet />
    </>
  );
}
