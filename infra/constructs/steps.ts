import { fileOf, type Machine } from '@gantry/statemachines/machine.ts';
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GantryFunction, type GantryFunctionProps } from './function.ts';
import type { Link } from './links.ts';
import type { Platform } from './platform.ts';

export interface StepOptions {
  /** Default: one minute. */
  readonly timeout?: Duration;
  /** Default: those of all steps. */
  readonly links?: readonly Link[];
  readonly room?: NonNullable<GantryFunctionProps['room']>;
}

/** A function for each step of a machine's table; the step's description becomes the function's. */
export function stepsOf(
  scope: Construct,
  platform: Platform,
  folder: string,
  machine: Machine,
  links: readonly Link[],
  options: Readonly<Record<string, StepOptions>>,
): Record<string, GantryFunction> {
  const own = Object.entries(machine.states).filter(([, { type }]) => type === 'step' || type === 'undo');
  return Object.fromEntries(
    own.map(([name, { comment = name }]) => [
      name,
      new GantryFunction(scope, name, {
        platform,
        entry: `${folder}/${fileOf(name)}`,
        description: comment,
        timeout: Duration.minutes(1),
        links,
        ...options[name],
      }),
    ]),
  );
}
