import { allows } from '@gantry/contract/roles.ts';
import type { Channel } from '@gantry/contract/schemas/channels.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { apiList } from '../../data/api.ts';
import { carriesText, channelTexts } from '../../data/channels.ts';
import { projectsQuery, useTeam } from '../../data/place.ts';
import { ChannelActions } from './channel-actions.tsx';
import { ChannelLog } from './channel-log.tsx';
import { NewChannelButton } from './new-channel.tsx';
import { TestButton } from './test-channel.tsx';

/**
 * The receivers of the team's notifications. The button for a new channel keeps its place when the list changes, because its
 * dialog then shows the secret.
 */
export function View() {
  const { team, role } = useTeam();
  const { data: channels } = useSuspenseQuery(apiList('channels.list', { params: { teamId: team.id } }));
  const mayManage = role !== null && allows(role, 'channel.manage');
  return (
    <Page
      title={`Notifications · ${team.name}`}
      heading="Notifications"
      actions={mayManage && <NewChannelButton team={team} />}
    >
      <Card>
        {channels.length === 0 ? (
          <Empty
            title="No channel yet"
            command={mayManage ? 'gantry channels create ops --target https://…' : undefined}
          >
            A channel carries alerts, deployments and other events of the team to a chat, a pager or a webhook.
          </Empty>
        ) : (
          <ul className="divide-y divide-line">
            {channels.map((channel) => (
              <Row key={channel.id} channel={channel} mayManage={mayManage} />
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

function Row({ channel, mayManage }: { readonly channel: Channel; readonly mayManage: boolean }) {
  const { team } = useTeam();
  const { name, kind, hint, types, projectIds } = channel;
  const { data: projects } = useSuspenseQuery(projectsQuery(team.id));
  const [isOpen, setOpen] = useState(false);
  const about = projectIds.map((id) => projects.find((project) => project.id === id)?.name ?? 'a deleted project');
  return (
    <li className="px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <span className="min-w-0 grow basis-56">
          <span className="block truncate font-medium">
            {name}{' '}
            <span className="font-normal text-soft">
              {channelTexts[kind][0]} · <code className="font-mono text-small">{hint}</code>
            </span>
          </span>
          <span className="block text-small text-soft">
            Carries {carriesText(types)} of {about.length === 0 ? 'the whole team' : about.join(', ')}
          </span>
        </span>
        <span className="flex flex-wrap gap-1">
          <Button look="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            Deliveries
          </Button>
          {mayManage && <TestButton channel={channel} onSent={() => setOpen(true)} />}
          {mayManage && <ChannelActions channel={channel} />}
        </span>
      </div>
      {isOpen && <ChannelLog channel={channel} mayManage={mayManage} />}
    </li>
  );
}
