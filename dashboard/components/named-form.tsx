import type { GantryError } from '@gantry/contract/errors.ts';
import { type ReactNode, useState } from 'react';
import { slugFrom } from '../data/slugs.ts';
import { Button } from './button.tsx';
import { Field, FormError } from './field.tsx';

interface NamedFormProps {
  /** The noun of the new thing: `service`. */
  readonly noun: string;
  readonly placeholder: string;
  /** The name that is filled in at first; default none. */
  readonly suggested?: string;
  readonly busy: boolean;
  readonly error: GantryError | null;
  readonly onCreate: (named: { readonly slug: string; readonly name: string }) => void;
  /** Further inputs, and the fields of the API whose errors they show. */
  readonly children?: ReactNode;
  readonly fields?: readonly string[];
  /** The hint about the slug; default: the slug is part of the address. */
  readonly about?: (slug: string) => string;
  /** The button's text; default `Create service`. */
  readonly action?: string;
}

const inAddresses = (slug: string) => `Its address contains “${slug}”. That part never changes.`;

/** Creates something with a name. The form derives the slug from the name. */
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
        hint={slug === '' ? 'A short name for addresses follows from it. The short name never changes.' : about(slug)}
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
