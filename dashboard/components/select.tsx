import { type ComponentProps, type ReactNode, useId } from 'react';
import { classes } from './classes.ts';

interface SelectProps extends Omit<ComponentProps<'select'>, 'onChange'> {
  readonly label: string;
  /** True where only screen readers get the label, because the context names the choice. */
  readonly hidesLabel?: boolean;
  readonly hint?: ReactNode;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly onChange: (value: string) => void;
}

/** A choice among a few options. It is the system's own control, so that a phone shows its own picker. */
export function Select({ label, hidesLabel = false, hint, options, onChange, className, ...rest }: SelectProps) {
  const id = useId();
  return (
    <div className={classes('grid gap-1', className)}>
      <label htmlFor={id} className={hidesLabel ? 'sr-only' : 'text-small font-medium'}>
        {label}
      </label>
      <select
        id={id}
        {...rest}
        aria-describedby={hint === undefined ? undefined : `${id}-about`}
        onChange={(event) => onChange(event.target.value)}
        className="h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 text-body disabled:opacity-50"
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p id={`${id}-about`} className="text-small text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}
