import { useNavigate } from '@tanstack/react-router';
import { Menu, MenuItem, MenuLabel } from '../components/menu.tsx';
import { SwitcherButton, type SwitcherProps } from './switcher-button.tsx';

export default function SwitcherOpen({ noun, others }: SwitcherProps) {
  const navigate = useNavigate();
  return (
    <Menu align="start" isOpen trigger={<SwitcherButton noun={noun} />}>
      <MenuLabel>{`Switch ${noun}`}</MenuLabel>
      {others.map(({ name, to }) => (
        <MenuItem key={to} onSelect={() => void navigate({ to })}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}
