import type { GantryError } from '@gantry/contract/errors.ts';
import { type ComponentProps, useId } from 'react';
import { classes } from './classes.ts';

interface FieldProps extends ComponentProps<'input'> {
  readonly label: string;
  readonly hint?: string;
  /** What the API said of the last attempt; what is about `field` shows here. */
  readonly error?: GantryError | null;
  /** The name of this input in the API's errors: `body.slug`. */
  readonly field?: string;
}

/** A labelled input, with its hint and with what is wrong with it. */
export function Field({ label, hint, error, field, className, ...input }: FieldProps) {
  const id = useId();
  const message = error?.fields.find((each) => each.field === field)?.message;
  const about = message === undefined ? hint : `${label} ${message}.`;
  return (
    <div className={classes('grid gap-1', className)}>
      <label htmlFor={id} className="text-small font-medium">
        {label}
      </label>
      <input
        id={id}
        autoComplete="off"
        spellCheck={false}
        {...input}
        aria-invalid={message !== undefined || undefined}
        aria-describedby={about === undefined ? undefined : `${id}-about`}
        className="h-9 rounded-md border border-line-strong bg-surface px-3 text-body placeholder:text-faint aria-invalid:border-bad"
      />
      {about !== undefined && (
        <p id={`${id}-about`} className={classes('text-small', message === undefined ? 'text-soft' : 'text-bad')}>
          {about}
        </p>
      )}
    </div>
  );
}

/** What is wrong with a form as a whole. */
export function FormError({ error }: { readonly error: GantryError | null }) {
  if (error === null || error.fields.length > 0) return null;
  return (
    <p role="alert" className="text-small text-bad">
      {error.message}
    </p>
  );
}
