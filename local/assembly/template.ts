/** A synthesized CloudFormation template, as far as the local cloud reads it. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, Parameter>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
}

interface Parameter {
  readonly Type: string;
  readonly Default?: unknown;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
}

export interface Output {
  readonly Value: unknown;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

/** Sections and resource attributes that change nothing here: descriptions, checks of the CLI's, and what deletion does. */
export const KNOWN_SECTIONS: ReadonlySet<string> = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Rules',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
]);

export const KNOWN_ATTRIBUTES: ReadonlySet<string> = new Set([
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);

/** Thrown for an assembly that cannot be declared. Each problem names its stack and resource. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
