import type { GantryError } from '@gantry/contract/errors.ts';
import type { Channel, ChannelKind, NoticeType } from '@gantry/contract/schemas/channels.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { channelTexts, noticeGroups } from '../../data/channels.ts';
import { projectsQuery, useTeam } from '../../data/place.ts';

interface Values {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly target: string;
  readonly types: NoticeType[];
  readonly projectIds: string[];
}

interface ChannelFormProps {
  /** The channel that is changed; absent for a new one. */
  readonly channel?: Channel;
  readonly action: string;
  readonly busy: boolean;
  readonly error: GantryError | null;
  readonly onSend: (values: Values) => void;
}

const KINDS = Object.entries(channelTexts).map(([kind, [name]]) => [kind, name] as const);
const ALL = noticeGroups.flatMap(([, , types]) => types);
/** A new channel begins with what asks for help. */
const URGENT: readonly NoticeType[] = [
  'alert.fired',
  'alert.resolved',
  'deployment.failed',
  'database.failed',
  'backup.failed',
];

/** A channel: where it goes, and what it carries. */
export function ChannelForm({ channel, action, busy, error, onSend }: ChannelFormProps) {
  const { team } = useTeam();
  const { data: projects } = useSuspenseQuery(projectsQuery(team.id));
  const [name, setName] = useState(channel?.name ?? '');
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? 'slack');
  const [target, setTarget] = useState('');
  const [types, setTypes] = useState<ReadonlySet<NoticeType>>(
    new Set(channel === undefined ? URGENT : channel.types.length === 0 ? ALL : channel.types),
  );
  const [projectId, setProject] = useState(channel?.projectIds[0] ?? '');
  const [, label, placeholder] = channelTexts[kind];
  const isAll = ALL.every((type) => types.has(type));
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        // Several projects were chosen by the command, and stay.
        const several = (channel?.projectIds.length ?? 0) > 1 && projectId === channel?.projectIds[0];
        const projectIds = several ? (channel?.projectIds ?? []) : projectId === '' ? [] : [projectId];
        onSend({ name: name.trim(), kind, target: target.trim(), types: isAll ? [] : [...types], projectIds });
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Name"
          required
          maxLength={80}
          placeholder="On call"
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={error}
          field="body.name"
        />
        <Select
          label="Kind"
          value={kind}
          disabled={channel !== undefined}
          onChange={(value) => setKind(value as ChannelKind)}
          options={KINDS}
        />
      </div>
      <Field
        label={label}
        required={channel === undefined}
        placeholder={channel?.hint ?? placeholder}
        value={target}
        onChange={(event) => setTarget(event.target.value)}
        hint="Gantry keeps it sealed and shows only a part."
        error={error}
        field="body.target"
      />
      <fieldset className="grid gap-2">
        <legend className="mb-1 text-small font-medium">Carries</legend>
        {noticeGroups.map(([group, hint, members]) => (
          <Checkbox
            key={group}
            label={group}
            hint={hint}
            checked={members.some((type) => types.has(type))}
            onChange={(isOn) =>
              setTypes(new Set(isOn ? [...types, ...members] : [...types].filter((type) => !members.includes(type))))
            }
          />
        ))}
      </fieldset>
      <Select
        label="About"
        value={projectId}
        onChange={setProject}
        options={[['', 'The whole team'], ...projects.map((each) => [each.id, `Only ${each.name}`] as const)]}
      />
      <FormError error={error} fields={['body.name', 'body.target']} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={busy} disabled={types.size === 0}>
          {action}
        </Button>
      </div>
    </form>
  );
}
