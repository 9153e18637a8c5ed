import { Link } from '@tanstack/react-router';

export interface Tab {
  readonly label: string;
  readonly to: string;
  /** Whether the tab is also marked on pages below its own. */
  readonly deep?: boolean;
}

/** The pages of one thing, as links. */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  return (
    <nav aria-label={label} className="-mt-3 overflow-x-auto border-b border-line">
      <ul className="flex gap-5">
        {tabs.map(({ label: name, to, deep = false }) => (
          <li key={to}>
            <Link
              to={to}
              activeOptions={{ exact: !deep, includeSearch: false }}
              className="block border-b-2 border-transparent py-2.5 text-small whitespace-nowrap font-medium text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink"
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
