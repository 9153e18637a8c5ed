import type { Session } from '@gantry/contract/schemas/identity.ts';
import { Link } from '@tanstack/react-router';
import { paths } from '../paths.ts';
import { Breadcrumb } from './breadcrumb.tsx';
import { Connection } from './connection.tsx';
import { Mark } from './mark.tsx';
import { UserMenu } from './user-menu.tsx';

/** The breadcrumb, the state of the live connection, and the user's menu. */
export function Header({ session }: { readonly session: Session }) {
  return (
    <header className="sticky top-0 z-30 mb-5 border-b border-line bg-surface">
      <div className="mx-auto flex h-13 max-w-6xl items-center gap-3 px-4 sm:px-6">
        <Link to={paths.home()} aria-label="Gantry, overview" className="rounded-md">
          <Mark />
        </Link>
        <Breadcrumb session={session} />
        <div className="ml-auto flex items-center gap-2">
          <Connection />
          <UserMenu email={session.user.email} />
        </div>
      </div>
    </header>
  );
}
