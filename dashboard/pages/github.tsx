import type { AccessibleInstallation } from '@gantry/contract/schemas/source.ts';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Button, buttonClasses } from '../components/button.tsx';
import { Card } from '../components/card.tsx';
import { Empty } from '../components/empty.tsx';
import { ErrorView } from '../components/error-view.tsx';
import { Page } from '../components/page.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useAct } from '../data/act.ts';
import { finishGitHub, type Proof } from '../data/github-join.ts';
import { paths } from '../paths.ts';

/** The page to which GitHub returns: the user chooses the accounts that the team joins. First it removes the code from the address bar. */
export function View() {
  const navigate = useNavigate();
  const begun = useRef(false);
  const [proof, setProof] = useState<Proof>();
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const returned = new URL(location.href);
    history.replaceState(undefined, '', returned.pathname);
    finishGitHub(returned).then(setProof, setProblem);
  }, []);
  if (problem !== undefined) return <ErrorView error={problem} reset={() => void navigate({ to: paths.home() })} />;
  return (
    <Page title="GitHub" heading="Join an account on GitHub">
      <Card>{proof === undefined ? <Skeleton className="m-4 h-16" /> : <Accounts proof={proof} />}</Card>
    </Page>
  );
}

function Accounts({ proof }: { readonly proof: Proof }) {
  const { installations, installUrl } = proof;
  if (installations.length === 0)
    return (
      <Empty
        title="The App is not installed yet"
        action={
          <a href={installUrl} className={buttonClasses('primary')}>
            Install it on GitHub
          </a>
        }
      >
        This Gantry's GitHub App is not installed on any of your accounts. Install it, then join again.
      </Empty>
    );
  return (
    <ul className="divide-y divide-line">
      {installations.map((installation) => (
        <Account key={installation.installationId} installation={installation} proof={proof} />
      ))}
    </ul>
  );
}

interface AccountProps {
  readonly installation: AccessibleInstallation;
  readonly proof: Proof;
}

function Account({ installation: { account, installationId }, proof }: AccountProps) {
  const { teamId, teamSlug, authorizationId } = proof;
  const navigate = useNavigate();
  const join = useAct('installations.join', {
    done: `The team has joined ${account}. You can deploy its repositories.`,
    refetches: ['installations.list'],
    onDone: () => void navigate({ to: paths.github(teamSlug) }),
  });
  return (
    <li className="flex min-h-13 flex-wrap items-center justify-between gap-3 px-4 py-2">
      <span className="font-medium">{account}</span>
      <Button
        look="primary"
        busy={join.isPending}
        onClick={() => join.mutate({ params: { teamId }, body: { authorizationId, installationId } })}
      >
        {`Join ${account}`}
      </Button>
    </li>
  );
}
