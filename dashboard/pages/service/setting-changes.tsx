import type { SettingChange } from '../../data/compare.ts';

/** Settings with their old and new values. */
export function SettingChanges({ changes }: { readonly changes: readonly SettingChange[] }) {
  return (
    <ul className="grid gap-1">
      {changes.map(({ label, before, after }) => (
        <li key={label}>
          {label}: <s className="text-soft">{before}</s>{' '}
          <span aria-hidden="true" className="text-faint">
            →
          </span>{' '}
          <strong className="font-medium break-all">{after}</strong>
        </li>
      ))}
    </ul>
  );
}
