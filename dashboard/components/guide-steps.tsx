import { Check } from 'lucide-react';
import { classes } from './classes.ts';

const STEPS = ['Create a project', 'Add a service', 'Deploy it'] as const;

/** The steps from an empty team to a live URL. `at` is the number of the next step, from 1. */
export function GuideSteps({ at }: { readonly at: 1 | 2 | 3 }) {
  return (
    <ol aria-label="To a live URL" className="mb-2 flex flex-wrap justify-center gap-x-6 gap-y-2">
      {STEPS.map((step, index) => {
        const number = index + 1;
        const isDone = number < at;
        return (
          <li
            key={step}
            aria-current={number === at ? 'step' : undefined}
            className={classes('flex items-center gap-2 text-small', number === at ? 'font-semibold' : 'text-soft')}
          >
            <span
              aria-hidden="true"
              className={classes(
                'grid size-6 place-items-center rounded-full text-tiny font-semibold tabular',
                number === at ? 'bg-accent text-on-accent' : isDone ? 'bg-good-soft text-good' : 'bg-sunken',
              )}
            >
              {isDone ? <Check size={13} /> : number}
            </span>
            {step}
            {isDone && <span className="sr-only">: done</span>}
          </li>
        );
      })}
    </ol>
  );
}
