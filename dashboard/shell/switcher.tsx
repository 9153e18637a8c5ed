import { ChevronsUpDown } from 'lucide-react';
import { lazy } from 'react';
import { IconButton } from '../components/button.tsx';
import { LazyMenu } from './lazy-menu.tsx';

const SwitcherOpen = lazy(() => import('./switcher-open.tsx'));

export interface SwitcherProps {
  /** What is switched: `environment`. */
  readonly noun: string;
  readonly others: readonly { readonly name: string; readonly to: string }[];
}

/** Goes to what stands beside what is shown. */
export function Switcher({ noun, others }: SwitcherProps) {
  if (others.length < 2) return null;
  return (
    <LazyMenu button={(open) => <SwitcherButton noun={noun} aria-haspopup="menu" onClick={open} />}>
      <SwitcherOpen noun={noun} others={others} />
    </LazyMenu>
  );
}

interface SwitcherButtonProps extends Omit<React.ComponentProps<'button'>, 'children'> {
  readonly noun: string;
}

export function SwitcherButton({ noun, ...rest }: SwitcherButtonProps) {
  const icon = <ChevronsUpDown aria-hidden="true" size={13} />;
  return <IconButton label={`Switch ${noun}`} icon={icon} className="-ml-1" {...rest} />;
}
