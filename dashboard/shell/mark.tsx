/** Gantry's mark: the bridge of a crane with its load. */
export function Mark({ size = 24 }: { readonly size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32" fill="none" className="shrink-0">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M7 11h18M10 11v12M22 11v12M16 11v6"
        strokeWidth="2.6"
        strokeLinecap="round"
        className="stroke-on-accent"
      />
      <circle cx="16" cy="19.5" r="2.2" className="fill-on-accent" />
    </svg>
  );
}
