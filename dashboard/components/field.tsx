import type { GantryError } from '@gantry/contract/errors.ts';
import { fieldName } from '@gantry/contract/field-names.ts';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { classes } from './classes.ts';

interface About {
  readonly label: string;
  readonly hint?: string;
  /** The API's error about the last attempt. The input shows the part about `field`. */
  readonly error?: GantryError | null;
  /** The input's name in the API's errors: `body.slug`. */
  readonly field?: string;
}

type FieldProps = About & ComponentProps<'input'>;
type TextAreaProps = About & ComponentProps<'textarea'>;

const shape =
  'rounded-md border border-line-strong bg-surface px-3 text-body placeholder:text-faint aria-invalid:border-bad';

/** An input with its label and its hint, or with the error about it. */
export function Field({ label, hint, error, field, className, ...input }: FieldProps) {
  return (
    <Labelled about={{ label, hint, error, field }} className={className}>
      {(attributes) => (
        <input
          autoComplete="off"
          spellCheck={false}
          {...input}
          {...attributes}
          className={classes(shape, 'h-9 w-full min-w-0')}
        />
      )}
    </Labelled>
  );
}

/** The same for several lines of text, in monospace. */
export function TextArea({ label, hint, error, field, className, ...input }: TextAreaProps) {
  return (
    <Labelled about={{ label, hint, error, field }} className={className}>
      {(attributes) => (
        <textarea
          autoComplete="off"
          spellCheck={false}
          {...input}
          {...attributes}
          className={classes(shape, 'py-2 font-mono text-small')}
        />
      )}
    </Labelled>
  );
}

interface Attributes {
  readonly id: string;
  readonly 'aria-invalid': true | undefined;
  readonly 'aria-describedby': string | undefined;
}

interface LabelledProps {
  readonly about: { readonly [K in keyof About]: About[K] | undefined };
  readonly className: string | undefined;
  readonly children: (attributes: Attributes) => ReactNode;
}

function Labelled({ about: { label, hint, error, field }, className, children }: LabelledProps) {
  const id = useId();
  const message = error?.fields.find((each) => each.field === field)?.message;
  const text = message === undefined ? hint : `${label} ${message}.`;
  return (
    <div className={classes('grid min-w-0 gap-1', className)}>
      <label htmlFor={id} className="text-small font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-invalid': message !== undefined || undefined,
        'aria-describedby': text === undefined ? undefined : `${id}-about`,
      })}
      {text !== undefined && (
        <p id={`${id}-about`} className={classes('text-small', message === undefined ? 'text-soft' : 'text-bad')}>
          {text}
        </p>
      )}
    </div>
  );
}

interface FormErrorProps {
  readonly error: GantryError | null;
  /** The fields whose inputs show their own errors. This component shows the errors of all others. */
  readonly fields?: readonly string[];
}

/** The error of a form as a whole, and of fields without an input. */
export function FormError({ error, fields = [] }: FormErrorProps) {
  const others = error?.fields.filter(({ field }) => !fields.includes(field)) ?? [];
  if (error === null || (error.fields.length > 0 && others.length === 0)) return null;
  const text = others.map(({ field, message }) => `${fieldName(field)} ${message}.`).join(' ');
  return (
    <p role="alert" className="text-small text-bad">
      {text === '' ? error.message : text}
    </p>
  );
}
