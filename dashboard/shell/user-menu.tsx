import { lazy } from 'react';
import { LazyMenu } from './lazy-menu.tsx';
import { UserButton } from './user-button.tsx';

const UserMenuOpen = lazy(() => import('./user-menu-open.tsx'));

export function UserMenu({ email }: { readonly email: string }) {
  return (
    <LazyMenu button={(open) => <UserButton email={email} aria-haspopup="menu" onClick={open} />}>
      <UserMenuOpen email={email} />
    </LazyMenu>
  );
}
