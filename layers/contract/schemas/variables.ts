import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { variableLimits } from '../quotas.ts';
import { bytesOf, sizeText } from '../sizes.ts';
import { Instant, PageQuery } from './common.ts';
import { Deployment } from './deployments.ts';

/** Variables that users cannot set: the platform sets them, or an app does not start without them. */
const RESERVED = /^(?:PORT|PATH|HOME|__proto__|GANTRY_.*|KUBERNETES_.*)$/;

export function isReserved(name: string): boolean {
  return RESERVED.test(name);
}

export const VariableName = z
  .string()
  .max(128)
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'is not a valid name: start with a letter or an underscore, then use letters, digits and underscores',
  )
  .refine((name) => !isReserved(name), 'is reserved: the platform sets PORT, PATH, HOME, GANTRY_* and KUBERNETES_*')
  .meta({ id: 'VariableName', example: 'DATABASE_URL' });

const VariableValue = z
  .string()
  .refine((value) => bytesOf(value) <= variableLimits.bytesOfValue, {
    error: ({ input }) =>
      `is ${sizeText(bytesOf(String(input)))}; a value can be at most ${sizeText(variableLimits.bytesOfValue)}. Put it into a file or a bucket`,
  })
  .regex(/^[^\0]*$/, 'must not hold the character NUL')
  .meta({
    maxLength: variableLimits.bytesOfValue,
    description: 'At most 32 KB. References in it stand for other variables: see the guide to variables',
    example: `postgres://shop@\${{shared.DATABASE_HOST}}/shop`,
  });

export const variableScopes = ['run', 'build', 'both'] as const;
export const VariableScope = z
  .enum(variableScopes)
  .meta({ id: 'VariableScope', description: 'Who gets it: the app, its build, or both' });
export type VariableScope = z.infer<typeof VariableScope>;

const sealed = z.boolean().meta({ description: 'Write-only: no route gives its value to anybody' });

/** The owner of a set: a service in an environment; all services of an environment; or all environments of a project. */
export const SetQuery = z.strictObject({
  environmentId: idSchema('environment').optional().meta({
    description: "The environment; default: the set that the project's environments share",
  }),
  serviceId: idSchema('service').optional().meta({
    description: 'The service, together with an environment; default: the set that its services share',
  }),
});
export type SetQuery = z.infer<typeof SetQuery>;

const owner = {
  projectId: idSchema('project'),
  environmentId: idSchema('environment').nullable(),
  serviceId: idSchema('service').nullable(),
};

export const Variable = z
  .strictObject({
    name: z.string().meta({ example: 'DATABASE_URL' }),
    value: z.string().nullable().meta({ description: 'As set; null if sealed', example: 'info' }),
    sealed,
    scope: VariableScope,
    changedBy: idSchema('user'),
    changedAt: Instant,
  })
  .meta({ id: 'Variable' });
export type Variable = z.infer<typeof Variable>;

export const VariableSet = z
  .strictObject({
    ...owner,
    variables: z.array(Variable),
    version: z.int().meta({ description: '0 before the first apply; rises by one with each' }),
  })
  .meta({ id: 'VariableSet' });
export type VariableSet = z.infer<typeof VariableSet>;

const NewValue = z.strictObject({
  value: VariableValue.optional().meta({ description: 'Default: the present value' }),
  sealed: sealed
    .optional()
    .meta({ description: 'Default: unchanged. It can be removed only together with a new value' }),
  scope: VariableScope.optional().meta({ description: 'Default: unchanged, and `run` for a new one' }),
});
export type NewValue = z.infer<typeof NewValue>;

export const VariableChange = z
  .strictObject({
    set: z
      .record(VariableName, NewValue)
      .optional()
      .meta({ description: 'Names and their new values', example: { LOG_LEVEL: { value: 'info' } } }),
    unset: z.array(VariableName).max(variableLimits.perSet).optional().meta({ description: 'Names to remove' }),
  })
  .meta({ id: 'VariableChange', example: { set: { LOG_LEVEL: { value: 'info' } }, unset: [] } });
export type VariableChange = z.infer<typeof VariableChange>;

const Side = z
  .strictObject({
    value: z.string().nullable().meta({ description: 'Null if sealed', example: 'info' }),
    sealed,
    scope: VariableScope,
  })
  .nullable();

/** One staged change: the variable before and after; null when it does not exist. */
export const StagedChange = z
  .strictObject({
    name: z.string().meta({ example: 'LOG_LEVEL' }),
    before: Side,
    after: Side,
    valueChanged: z.boolean().meta({ description: 'Whether the value changes; a sealed one counts as changed' }),
  })
  .meta({ id: 'StagedChange' });
export type StagedChange = z.infer<typeof StagedChange>;

export const StagedChanges = z
  .strictObject({
    ...owner,
    changes: z.array(StagedChange),
    version: z.int().meta({ description: 'Rises by one with each staged change; for `If-Match`' }),
  })
  .meta({ id: 'StagedChanges' });
export type StagedChanges = z.infer<typeof StagedChanges>;

/** The result of an apply. */
export const AppliedChanges = z
  .strictObject({
    ...owner,
    names: z
      .array(z.string().meta({ example: 'LOG_LEVEL' }))
      .meta({ description: 'The names that were set or removed' }),
    deployment: Deployment.nullable().meta({
      description: 'The deployment of the change; null for shared variables, and before the first deployment',
    }),
    referredBy: z
      .array(z.strictObject({ serviceId: idSchema('service'), environmentId: idSchema('environment') }))
      .meta({ description: 'Other services that refer to the changed variables: deploy them to update them' }),
    version: z.int(),
  })
  .meta({ id: 'AppliedChanges' });
export type AppliedChanges = z.infer<typeof AppliedChanges>;

/** One apply in a set's history: names, never values. */
export const VariableEvent = z
  .strictObject({
    set: z.array(z.string().meta({ example: 'LOG_LEVEL' })),
    unset: z.array(z.string().meta({ example: 'OLD_NAME' })),
    by: idSchema('user'),
    at: Instant,
    version: z.int().meta({ description: "The set's version afterwards" }),
  })
  .meta({ id: 'VariableEvent' });
export type VariableEvent = z.infer<typeof VariableEvent>;

export const HistoryQuery = z.strictObject({ ...SetQuery.shape, ...PageQuery.shape });
export type HistoryQuery = z.infer<typeof HistoryQuery>;

/** An app's variables, for a run on one's own machine. */
export const ResolvedVariables = z
  .strictObject({
    variables: z.record(z.string(), z.string()).meta({ example: { LOG_LEVEL: 'info' } }),
    omitted: z
      .array(z.string().meta({ example: 'API_KEY' }))
      .meta({ description: 'Names left out: sealed, or containing a sealed value' }),
  })
  .meta({ id: 'ResolvedVariables' });
export type ResolvedVariables = z.infer<typeof ResolvedVariables>;

/** The data of event `variables.changed`: names, never values. */
export const VariablesChanged = z
  .strictObject({
    ...owner,
    set: VariableEvent.shape.set,
    unset: VariableEvent.shape.unset,
    version: z.int(),
  })
  .meta({ id: 'VariablesChanged' });
export type VariablesChanged = z.infer<typeof VariablesChanged>;
