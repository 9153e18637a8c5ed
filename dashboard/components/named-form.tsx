import type { GantryError } from '@gantry/contract/errors.ts';
import { type ReactNode, useState } from 'react';
import { slugFrom } from '../data/slugs.ts';
import { Button } from './button.tsx';
import { Field, FormError } from './field.tsx';

interface NamedFormProps {
  /** What is created: `service`. */
  readonly noun: string;
  readonly placeholder: string;
  /** The name that is filled in at first; default none. */
  readonly suggested?: string;
  readonly busy: boolean;
  readonly error: GantryError | null;
  readonly onCreate: (named: { readonly slug: string; readonly name: string }) => void;
  /** Further inputs, and the fields of the API that they show errors of. */
  readonly children?: ReactNode;
  readonly fields?: readonly string[];
  /** What the short name that follows from it is for; for addresses unless told. */
  readonly about?: (slug: string) => string;
  /** What the button says: `Create service` unless told. */
  readonly action?: string;
}

const inAddresses = (slug: string) => `Its address has “${slug}” in it, which never changes.`;

/** Creates something that has a name, and from it a name in addresses. */
export function NamedForm({
  noun,
  placeholder,
  suggested = '',
  busy,
  error,
  onCreate,
  children,
  fields = [],
  about = inAddresses,
  action,
}: NamedFormProps) {
  const [name, setName] = useState(suggested);
  const slug = slugFrom(name);
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onCreate({ slug, name: name.trim() });
      }}
    >
      <Field
        label="Name"
        required
        maxLength={80}
        placeholder={placeholder}
        value={name}
        onChange={(event) => setName(event.target.value)}
        hint={slug === '' ? 'A short name follows from it, which never changes.' : about(slug)}
        error={error}
        field="body.slug"
      />
      {children}
      <FormError error={error} fields={['body.slug', ...fields]} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={slug === ''} busy={busy}>
          {action ?? `Create ${noun}`}
        </Button>
      </div>
    </form>
  );
}
