import type { LogLine, Metrics } from '../../kernel/ports.ts';
import type { ResourceType } from '../../kernel/resource.ts';

interface Transformation {
  readonly MetricName: string;
  readonly MetricNamespace: string;
  readonly MetricValue: string;
}

interface Filter {
  readonly group: string;
  readonly terms: readonly string[];
  readonly transformation: Transformation;
}

/**
 * Metric filters with a list of terms, of which a line must have one, `?"one" ?"two"`, and a number as value.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function createMetricFilters(metrics: Metrics | undefined) {
  const filters = new Map<string, Filter>();
  const type: ResourceType = {
    type: 'AWS::Logs::MetricFilter',
    uses: ['LogGroupName', 'FilterPattern', 'FilterName', 'MetricTransformations'],
    declare(properties, place) {
      const { LogGroupName, FilterPattern, MetricTransformations } = properties as {
        readonly LogGroupName: string;
        readonly FilterPattern: string;
        readonly MetricTransformations: readonly Transformation[];
      };
      const terms = [...FilterPattern.matchAll(/\?"([^"]+)"/g)].map(([, term = '']) => term);
      const [transformation] = MetricTransformations;
      if (terms.map((term) => `?"${term}"`).join(' ') !== FilterPattern || transformation === undefined)
        throw new Error(`${place.at}: local cloud: the FilterPattern ${FilterPattern} is not emulated`);
      filters.set(place.at, { group: LogGroupName, terms, transformation });
      return { ref: place.name(512), attributes: {} };
    },
  };
  return {
    type,
    read(group: string, lines: readonly LogLine[]): void {
      for (const { group: of, terms, transformation } of filters.values()) {
        if (of !== group) continue;
        const { MetricNamespace: namespace, MetricName: name, MetricValue } = transformation;
        for (const { message } of lines) {
          if (terms.some((term) => message.includes(term)))
            metrics?.record({ namespace, name, dimensions: {}, value: Number(MetricValue) });
        }
      }
    },
  };
}
