import type { Place } from '../../../kernel/resource.ts';
import { AwsError } from '../../../kernel/service.ts';
import { compilePattern, type Matcher } from '../../events/pattern.ts';
import { functionArn } from '../function.ts';

/** An event source mapping of the template. */
export interface Mapping {
  readonly id: string;
  readonly functionArn: string;
  readonly sourceArn: string;
  readonly kind: 'queue' | 'stream';
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsFailures: boolean;
  /** True if a record matches one of the mapping's filters, or if there are none. */
  readonly matches: Matcher;
  /** Parallel batches, for a queue. */
  readonly concurrency: number;
  /** The other fields are for a stream. */
  readonly fromLatest: boolean;
  readonly bisects: boolean;
  /** Attempts after the first; infinite means no limit. */
  readonly retries: number;
  readonly deadLetterArn: string | undefined;
}

interface MappingProperties {
  readonly FunctionName: string;
  readonly EventSourceArn: string;
  readonly Enabled?: boolean | string;
  readonly BatchSize?: number | string;
  readonly MaximumBatchingWindowInSeconds?: number | string;
  readonly FunctionResponseTypes?: readonly string[];
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern?: string }[] };
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number | string };
  readonly StartingPosition?: string;
  readonly BisectBatchOnFunctionError?: boolean | string;
  readonly MaximumRetryAttempts?: number | string;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
}

/** Lambda's first pollers of a queue whose mapping has no maximum. */
const DEFAULT_CONCURRENCY = 5;

/** Reads `AWS::Lambda::EventSourceMapping`; undefined for a disabled one. Throws, by name, at settings that Lambda would refuse. */
export function defineMapping(properties: Readonly<Record<string, unknown>>, place: Place): Mapping | undefined {
  const declared = properties as unknown as MappingProperties;
  const refuse = (what: string) => new AwsError('InvalidParameterValueException', `${place.at}: ${what}`);
  const kind = sourceKind(declared.EventSourceArn);
  if (kind === undefined) throw refuse(`EventSourceArn ${declared.EventSourceArn} is neither a queue nor a stream.`);
  const isQueue = kind === 'queue';
  const batchSize = Number(declared.BatchSize ?? (isQueue ? 10 : 100));
  const windowMs = 1000 * Number(declared.MaximumBatchingWindowInSeconds ?? 0);
  if (!(batchSize >= 1 && batchSize <= 10_000)) throw refuse('BatchSize must be 1 to 10000.');
  if (isQueue && batchSize > 10 && windowMs === 0) throw refuse('a BatchSize above 10 needs a batching window.');
  if (!isQueue && !['LATEST', 'TRIM_HORIZON'].includes(declared.StartingPosition ?? '')) {
    throw refuse('StartingPosition must be LATEST or TRIM_HORIZON.');
  }
  const deadLetterArn = declared.DestinationConfig?.OnFailure?.Destination;
  if (deadLetterArn !== undefined && (isQueue || sourceKind(deadLetterArn) !== 'queue')) {
    throw refuse('DestinationConfig.OnFailure must be a queue, and its source a stream.');
  }
  const retries = Number(declared.MaximumRetryAttempts ?? -1);
  if (String(declared.Enabled ?? true) === 'false') return undefined;
  return {
    id: place.at,
    functionArn: functionArn(declared.FunctionName),
    sourceArn: declared.EventSourceArn,
    kind,
    batchSize,
    windowMs,
    reportsFailures: declared.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    matches: filters(declared, refuse),
    concurrency: Number(declared.ScalingConfig?.MaximumConcurrency ?? DEFAULT_CONCURRENCY),
    fromLatest: declared.StartingPosition === 'LATEST',
    bisects: String(declared.BisectBatchOnFunctionError ?? false) === 'true',
    retries: retries < 0 ? Number.POSITIVE_INFINITY : retries,
    deadLetterArn,
  };
}

function filters({ FilterCriteria }: MappingProperties, refuse: (what: string) => AwsError): Matcher {
  const matchers = (FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => {
    try {
      return compilePattern(JSON.parse(Pattern));
    } catch (error) {
      throw refuse(`FilterCriteria ${Pattern}: ${error instanceof Error ? error.message : error}`);
    }
  });
  return (record) => matchers.length === 0 || matchers.some((matches) => matches(record));
}

function sourceKind(arn: string): 'queue' | 'stream' | undefined {
  if (/^arn:[^:]*:sqs:/.test(arn)) return 'queue';
  return /^arn:[^:]*:dynamodb:.*\/stream\//.test(arn) ? 'stream' : undefined;
}

/**
 * The identifiers that a function reported as failed: none without a report. Undefined for an answer that Lambda does not understand or that names an
 * item outside of the batch: the whole batch then fails (AWS, "Reporting batch item failures").
 */
export function reportedFailures(payload: unknown, identifiers: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if (payload === null || payload === '') return new Set();
  if (typeof payload !== 'object') return undefined;
  const items = 'batchItemFailures' in payload ? payload.batchItemFailures : null;
  if (items === null) return new Set();
  if (!Array.isArray(items)) return undefined;
  const failed = new Set<string>();
  for (const item of items as readonly { readonly itemIdentifier?: unknown }[]) {
    const identifier = item?.itemIdentifier;
    if (typeof identifier !== 'string' || !identifiers.has(identifier)) return undefined;
    failed.add(identifier);
  }
  return failed;
}
