import type { ComponentProps } from 'react';
import { classes } from './classes.ts';

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'border border-line-strong bg-surface hover:bg-sunken',
  quiet: 'text-soft hover:bg-sunken hover:text-ink',
  danger: 'border border-bad/50 text-bad hover:bg-bad-soft',
};

type Look = keyof typeof looks;

const shape =
  'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-3 text-small font-medium whitespace-nowrap transition-colors disabled:opacity-50';

/** The classes of a button, for links that look like one. */
export function buttonClasses(look: Look = 'secondary', more = ''): string {
  return classes(shape, looks[look], more);
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: Look;
  /** True while its action runs: the user cannot press it again. */
  readonly busy?: boolean | undefined;
}

export function Button({ look = 'secondary', busy = false, className, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      disabled={disabled === true || busy}
      className={buttonClasses(look, classes(className, busy && 'animate-pulse-soft'))}
    />
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  readonly label: string;
  readonly icon: React.ReactNode;
}

/** A button with an icon and no text. Screen readers and the tooltip give its name. */
export function IconButton({ label, icon, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={classes(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-soft transition-colors hover:bg-sunken hover:text-ink',
        className,
      )}
    >
      {icon}
    </button>
  );
}
