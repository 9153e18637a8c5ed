import { useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { wordsOf } from '../components/error-view.tsx';
import { goToSignIn } from '../data/sign-in.ts';
import { Mark } from './mark.tsx';

/** The sign-in. Afterwards the requested page shows. */
export function SignIn() {
  const returnTo = useRouterState({ select: ({ location: { href } }) => href });
  const [problem, setProblem] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    // The sign-in pages accept one address of this dashboard, and `localhost` is another.
    if (location.hostname === 'localhost') location.replace(location.href.replace('//localhost', '//127.0.0.1'));
  }, []);
  const begin = () => {
    setBusy(true);
    goToSignIn(returnTo).catch((error: unknown) => {
      setBusy(false);
      setProblem(error);
    });
  };
  return (
    <main className="grid min-h-dvh place-items-center p-6">
      <title>Sign in · Gantry</title>
      <div className="grid w-full max-w-sm justify-items-start gap-5">
        <Mark size={40} />
        <div className="grid gap-2">
          <h1 className="text-hero font-semibold tracking-tight">Gantry</h1>
          <p className="text-lead text-soft">
            Push code, get a URL, roll back in a second: on a platform that your team owns.
          </p>
        </div>
        <Button look="primary" className="h-10 px-5 text-body" busy={isBusy} onClick={begin}>
          Sign in
        </Button>
        {problem !== undefined && (
          <p role="alert" className="text-bad">
            {wordsOf(problem).detail}
          </p>
        )}
        <p className="text-small text-soft">
          You need an invitation. Your team's admin sends one from the members page.
        </p>
      </div>
    </main>
  );
}
