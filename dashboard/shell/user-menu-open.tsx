import { useNavigate } from '@tanstack/react-router';
import { LogOut } from 'lucide-react';
import { Menu, MenuItem, MenuLabel, MenuRadio, MenuRadioItem, MenuSeparator } from '../components/menu.tsx';
import { toast } from '../components/toast.tsx';
import { signOut } from '../data/sign-in.ts';
import { paths } from '../paths.ts';
import { type Theme, useTheme } from './theme.ts';
import { UserButton } from './user-button.tsx';

export default function UserMenuOpen({ email }: { readonly email: string }) {
  const [theme, setTheme] = useTheme();
  const navigate = useNavigate();
  return (
    <Menu isOpen trigger={<UserButton email={email} />}>
      <MenuLabel>{email}</MenuLabel>
      <MenuItem onSelect={() => void navigate({ to: paths.account() })}>Account</MenuItem>
      <MenuSeparator />
      <MenuLabel>Theme</MenuLabel>
      <MenuRadio value={theme} onChange={(next) => setTheme(next as Theme)}>
        <MenuRadioItem value="system">As the system</MenuRadioItem>
        <MenuRadioItem value="light">Light</MenuRadioItem>
        <MenuRadioItem value="dark">Dark</MenuRadioItem>
      </MenuRadio>
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut().catch(toast.error)}>
        <LogOut aria-hidden="true" size={14} />
        Sign out
      </MenuItem>
    </Menu>
  );
}
