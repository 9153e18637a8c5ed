import { UserRound } from 'lucide-react';
import { IconButton } from '../components/button.tsx';

interface UserButtonProps extends Omit<React.ComponentProps<'button'>, 'children'> {
  readonly email: string;
}

/** The button of the user's menu. */
export function UserButton({ email, ...rest }: UserButtonProps) {
  return <IconButton label={`Account of ${email}`} icon={<UserRound aria-hidden="true" size={16} />} {...rest} />;
}
