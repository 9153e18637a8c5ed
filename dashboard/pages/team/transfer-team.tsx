import type { Team } from '@gantry/contract/schemas/identity.ts';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Select } from '../../components/select.tsx';
import { useAct } from '../../data/act.ts';
import { apiList } from '../../data/api.ts';
import { sessionQuery } from '../../data/place.ts';

/** Hands the user's ownership to another member. The user becomes an admin. */
export function TransferTeam({ team }: { readonly team: Team }) {
  const { user } = useSuspenseQuery(sessionQuery()).data;
  const { data: members } = useQuery(apiList('members.list', { params: { teamId: team.id } }));
  const others = members?.filter(({ userId, role }) => userId !== user.id && role !== 'owner') ?? [];
  const [chosen, setChosen] = useState('');
  const [isOpen, setOpen] = useState(false);
  const next = others.find(({ userId }) => userId === chosen);
  const transfer = useAct('teams.transfer', {
    quiet: true,
    done: 'You have handed over the ownership. You are an admin now.',
    refetches: ['session.get', 'members.list'],
    onDone: () => setOpen(false),
  });
  return (
    <Card title="Ownership">
      <div className="flex flex-wrap items-end gap-3 px-4 py-3">
        <Select
          label="Hand over to"
          className="grow basis-56"
          value={chosen}
          onChange={setChosen}
          options={[
            ['', others.length === 0 ? 'Nobody else is a member' : 'Choose a member'],
            ...others.map(({ userId, email }) => [userId, email] as const),
          ]}
        />
        <Button className="h-9" look="danger" disabled={next === undefined} onClick={() => setOpen(true)}>
          Hand over
        </Button>
      </div>
      <Confirm
        title="Hand over the ownership?"
        warning={`${next?.email ?? 'They'} becomes an owner of ${team.name}, and you become an admin.`}
        action="Hand over"
        name={team.slug}
        open={isOpen}
        busy={transfer.isPending}
        error={transfer.error}
        onConfirm={() => transfer.mutate({ params: { teamId: team.id }, body: { userId: chosen } })}
        onClose={() => setOpen(false)}
      />
    </Card>
  );
}
