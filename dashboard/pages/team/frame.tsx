import { allows } from '@gantry/contract/roles.ts';
import { Outlet } from '@tanstack/react-router';
import { Tabs } from '../../components/tabs.tsx';
import { useTeam } from '../../data/place.ts';
import { paths } from '../../paths.ts';

/** The pages of a team. A member of single projects only sees those projects and their own tokens. */
export function View() {
  const {
    team: { slug },
    role,
  } = useTeam();
  const tabs = [
    { label: 'Projects', to: paths.team(slug) },
    ...(role === null ? [] : [{ label: 'Members', to: paths.members(slug) }]),
    { label: 'API tokens', to: paths.tokens(slug) },
    ...(role === null ? [] : [{ label: 'GitHub', to: paths.github(slug) }]),
    ...(role === null ? [] : [{ label: 'Notifications', to: paths.channels(slug) }]),
    ...(role !== null && allows(role, 'audit.read') ? [{ label: 'Audit log', to: paths.audit(slug) }] : []),
    { label: 'Settings', to: paths.teamSettings(slug) },
  ];
  return (
    <>
      <Tabs label="Team" tabs={tabs} />
      <Outlet />
    </>
  );
}
