import type { Team } from '@gantry/contract/schemas/identity.ts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../data/api.ts';
import { paths } from '../../paths.ts';

/** The GitHub accounts from which the team can deploy. */
export function GithubHint({ team }: { readonly team: Team }) {
  const { data } = useQuery(api('installations.list', { params: { teamId: team.id } }));
  if (data === undefined) return null;
  const accounts = data.items.map(({ account }) => account);
  return (
    <p className="text-small text-soft">
      {accounts.length === 0 ? 'The team has joined no account on GitHub yet.' : `Joined: ${accounts.join(', ')}.`}{' '}
      <Link to={paths.github(team.slug)} className="text-accent hover:underline">
        {accounts.length === 0 ? 'Join one first' : 'Join another account'}
      </Link>
    </p>
  );
}
