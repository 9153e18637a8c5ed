import { GantryError } from '@gantry/contract/errors.ts';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ErrorView } from '../components/error-view.tsx';
import { Toasts } from '../components/toast.tsx';
import { queryClient } from '../data/api.ts';
import { useLive } from '../data/live.ts';
import { sessionQuery } from '../data/place.ts';
import { onSignedOut } from '../data/session.ts';
import { Header } from './header.tsx';
import { Keys } from './keys.tsx';
import { SignIn } from './sign-in.tsx';

/** The frame of every page for signed-in users. All others see the sign-in. */
export function Shell() {
  const { data, error, refetch, fetchStatus } = useQuery(sessionQuery());
  const [isOut, setOut] = useState(false);
  useEffect(
    () =>
      onSignedOut(() => {
        setOut(true);
        queryClient.clear();
      }),
    [],
  );
  if (isOut || (error instanceof GantryError && error.kind === 'Unauthenticated')) return <SignIn />;
  if (error !== null) return <ErrorView error={error} reset={() => void refetch()} />;
  if (data === undefined && fetchStatus === 'paused') return <Offline />;
  if (data === undefined)
    return (
      <p role="status" className="sr-only">
        Signing in
      </p>
    );
  return (
    <>
      <a href="#content" className="sr-only z-50 bg-raised px-3 py-2 focus:not-sr-only focus:absolute">
        Go to the content
      </a>
      <Follow />
      <Header session={data} />
      <main id="content" className="mx-auto grid w-full max-w-6xl gap-5 px-4 pb-16 sm:px-6">
        <Outlet />
      </main>
      <Toasts />
      <Keys />
    </>
  );
}

/** Follows the shown team. On the overview it follows all teams of the user. */
function Follow() {
  const { team: slug } = useParams({ strict: false });
  const { data } = useQuery(sessionQuery());
  const followed = data?.teams.filter(({ team }) => slug === undefined || team.slug === slug) ?? [];
  return followed.map(({ team, role, projectRoles }) =>
    role === null ? (
      Object.keys(projectRoles).map((projectId) => <FollowOne key={projectId} teamId={team.id} projectId={projectId} />)
    ) : (
      <FollowOne key={team.id} teamId={team.id} />
    ),
  );
}

function FollowOne({ teamId, projectId }: { readonly teamId: string; readonly projectId?: string }) {
  useLive(teamId, projectId);
  return null;
}

/** Shown while this device has no network and no data. The page continues by itself when the network is back. */
function Offline() {
  return (
    <main className="mx-auto grid max-w-prose justify-items-start gap-3 px-4 py-12">
      <title>Offline · Gantry</title>
      <h1 className="text-title font-semibold">You are offline</h1>
      <p className="text-soft">
        This page continues by itself when the network is back. Running services are not affected.
      </p>
    </main>
  );
}
