import { allows } from '@gantry/contract/roles.ts';
import { Page } from '../../components/page.tsx';
import { useService } from '../../data/place.ts';
import { settingGroups } from '../../data/settings.ts';
import { DeleteService } from './settings/delete.tsx';
import { Effective } from './settings/effective.tsx';
import { General } from './settings/general.tsx';
import { SettingsGroup } from './settings/group.tsx';
import { Source } from './settings/source.tsx';

/** The settings of a service in all environments, with the defaults of those that are not set. */
export function View() {
  const { service, role } = useService();
  const mayChange = role !== null && allows(role, 'service.update') && service.status === 'active';
  const mayDelete = role !== null && allows(role, 'service.delete') && service.status === 'active';
  return (
    <Page title={`Settings · ${service.name}`} heading="Settings">
      <p className="text-soft">
        Settings apply in every environment, from the next deployment. For an empty setting, a gantry.json or a Procfile
        in the source decides.
        {role !== null && !allows(role, 'service.update') && ` Your role, ${role}, lets you look at them.`}
      </p>
      <General mayChange={mayChange} />
      <Source mayChange={mayChange} />
      {settingGroups.map((group) => (
        <SettingsGroup key={group.title} group={group} mayChange={mayChange} />
      ))}
      <Effective />
      {mayDelete && <DeleteService />}
    </Page>
  );
}
