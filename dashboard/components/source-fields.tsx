import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { type SourceDraft, sourceKinds } from '../data/source.ts';
import { Field, TextArea } from './field.tsx';
import { Select } from './select.tsx';

interface SourceFieldsProps {
  readonly draft: SourceDraft;
  readonly onChange: (draft: SourceDraft) => void;
}

/** The inputs of a source: its kind, and the fields of that kind. */
export function SourceFields({ draft, onChange }: SourceFieldsProps) {
  const { kind } = draft;
  const input = (name: Exclude<keyof SourceDraft, 'kind'>) => ({
    value: draft[name],
    onChange: ({ target }: { readonly target: { readonly value: string } }) =>
      onChange({ ...draft, [name]: target.value }),
  });
  return (
    <>
      <Select
        label="Comes from"
        value={kind}
        options={sourceKinds}
        onChange={(value) => onChange({ ...draft, kind: value as ServiceSource['kind'] })}
      />
      {kind === 'github' && <Field label="Repository" required placeholder="acme/shop" {...input('repository')} />}
      {kind === 'git' && (
        <Field
          label="Address"
          required
          type="url"
          placeholder="https://git.example.com/acme/shop.git"
          {...input('url')}
        />
      )}
      {kind === 'image' && <Field label="Image" required placeholder="ghcr.io/acme/shop:1.4" {...input('reference')} />}
      {(kind === 'github' || kind === 'git') && <Field label="Branch" required {...input('branch')} />}
      {kind === 'github' && (
        <TextArea
          label="Watch paths"
          rows={3}
          placeholder={'apps/shop/**\n!**/*.md'}
          hint="One pattern a line, as in .gitignore. A push that changes no matching file deploys nothing. Empty: every push deploys."
          {...input('watchPaths')}
        />
      )}
    </>
  );
}
