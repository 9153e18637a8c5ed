import { ChevronsUpDown } from 'lucide-react';
import { IconButton } from '../components/button.tsx';

export interface SwitcherProps {
  /** The noun of the siblings: `environment`. */
  readonly noun: string;
  readonly others: readonly { readonly name: string; readonly to: string }[];
}

interface SwitcherButtonProps extends Omit<React.ComponentProps<'button'>, 'children'> {
  readonly noun: string;
}

/** The button of the menu of siblings. */
export function SwitcherButton({ noun, ...rest }: SwitcherButtonProps) {
  const icon = <ChevronsUpDown aria-hidden="true" size={13} />;
  return <IconButton label={`Switch ${noun}`} icon={icon} className="-ml-1" {...rest} />;
}
