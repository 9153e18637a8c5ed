import { UserRound } from 'lucide-react';
import { lazy } from 'react';
import { IconButton } from '../components/button.tsx';
import { LazyMenu } from './lazy-menu.tsx';

const UserMenuOpen = lazy(() => import('./user-menu-open.tsx'));

export function UserMenu({ email }: { readonly email: string }) {
  return (
    <LazyMenu button={(open) => <UserButton email={email} aria-haspopup="menu" onClick={open} />}>
      <UserMenuOpen email={email} />
    </LazyMenu>
  );
}

interface UserButtonProps extends Omit<React.ComponentProps<'button'>, 'children'> {
  readonly email: string;
}

export function UserButton({ email, ...rest }: UserButtonProps) {
  return <IconButton label={`Account of ${email}`} icon={<UserRound aria-hidden="true" size={16} />} {...rest} />;
}
