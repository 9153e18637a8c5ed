import { ChevronsUpDown } from 'lucide-react';
import { IconButton } from '../components/button.tsx';

export interface SwitcherProps {
  /** What is switched: `environment`. */
  readonly noun: string;
  readonly others: readonly { readonly name: string; readonly to: string }[];
}

interface SwitcherButtonProps extends Omit<React.ComponentProps<'button'>, 'children'> {
  readonly noun: string;
}

/** What opens the menu of what stands beside. */
export function SwitcherButton({ noun, ...rest }: SwitcherButtonProps) {
  const icon = <ChevronsUpDown aria-hidden="true" size={13} />;
  return <IconButton label={`Switch ${noun}`} icon={icon} className="-ml-1" {...rest} />;
}
