import { classes } from './classes.ts';

/** Keeps the place of data that is still loading, in its size. It has no animation: a page may have hundreds of them. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden="true" className={classes('block rounded-md bg-line', className)} />;
}

export function PageSkeleton() {
  return (
    <div role="status" className="grid gap-3 py-2">
      <span className="sr-only">Loading</span>
      <Skeleton className="h-8 w-56" />
      <Skeleton className="h-24" />
      <Skeleton className="h-24" />
    </div>
  );
}
