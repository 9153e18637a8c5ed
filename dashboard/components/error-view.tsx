import { errorKinds, GantryError, isRetryable } from '@gantry/contract/errors.ts';
import { Link } from '@tanstack/react-router';
import { paths } from '../paths.ts';
import { Button, buttonClasses } from './button.tsx';

/** The title and the text of an error, for people. */
export function wordsOf(error: unknown): { readonly title: string; readonly detail: string } {
  if (error instanceof GantryError) return { title: errorKinds[error.kind].title, detail: error.message };
  return { title: 'This page has an error', detail: 'Load the page again. If that does not help, tell your operator.' };
}

interface ErrorViewProps {
  readonly error: unknown;
  readonly reset?: () => void;
}

/** Shown in place of a page that could not be loaded. It offers another attempt only for errors that may pass. */
export function ErrorView({ error, reset }: ErrorViewProps) {
  const { title, detail } = wordsOf(error);
  const mayPass = !(error instanceof GantryError) || isRetryable(error);
  return (
    <div role="alert" className="mx-auto grid max-w-prose justify-items-start gap-3 py-12">
      <h1 className="text-title font-semibold">{title}</h1>
      <p className="text-soft">{detail}</p>
      {mayPass ? (
        <Button onClick={() => (reset === undefined ? location.reload() : reset())}>Try again</Button>
      ) : (
        <Link to={paths.home()} className={buttonClasses()}>
          Go to the overview
        </Link>
      )}
    </div>
  );
}

export function NotFoundView() {
  return (
    <main className="mx-auto grid max-w-prose justify-items-start gap-3 px-4 py-12">
      <title>Not found · Gantry</title>
      <h1 className="text-title font-semibold">There is nothing here</h1>
      <p className="text-soft">It may have been deleted, or your role may not allow you to see it.</p>
      <Link to={paths.home()} className={buttonClasses()}>
        Go to the overview
      </Link>
    </main>
  );
}
