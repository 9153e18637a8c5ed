import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { wordsOf } from '../components/error-view.tsx';
import { finishSignIn } from '../data/sign-in.ts';
import { paths } from '../paths.ts';

/** The page to which the sign-in pages return. First it removes the code from the address bar. */
export function SignedIn() {
  const navigate = useNavigate();
  const begun = useRef(false);
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const returned = new URL(location.href);
    history.replaceState(undefined, '', returned.pathname);
    finishSignIn(returned).then((returnTo) => navigate({ to: returnTo, replace: true }), setProblem);
  }, [navigate]);
  if (problem === undefined)
    return (
      <p role="status" className="sr-only">
        Signing in
      </p>
    );
  return (
    <main className="mx-auto grid max-w-prose justify-items-start gap-3 px-4 py-12">
      <title>Sign in · Gantry</title>
      <h1 className="text-title font-semibold">You are not signed in</h1>
      <p role="alert" className="text-soft">
        {wordsOf(problem).detail}
      </p>
      <Button look="primary" onClick={() => void navigate({ to: paths.home(), replace: true })}>
        Sign in again
      </Button>
    </main>
  );
}
