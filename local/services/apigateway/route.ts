export interface RouteMatch {
  readonly routeKey: string;
  /** Decoded values of the route's variables. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** How specific each kind of segment is: a literal wins over a variable, a variable over a greedy one. */
const WEIGHT = { literal: 3, variable: 2, greedy: 1 } as const;

/**
 * The most specific route for a request: full matches before variables, variables before `{proxy+}`, a named method before `ANY`, `$default` last.
 * Undefined without a match, which is a 404. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function matchRoute(routeKeys: Iterable<string>, method: string, path: string): RouteMatch | undefined {
  let best: { readonly match: RouteMatch; readonly weights: readonly number[] } | undefined;
  let fallback: RouteMatch | undefined;
  for (const routeKey of routeKeys) {
    if (routeKey === '$default') {
      fallback = { routeKey, parameters: {} };
      continue;
    }
    const [routeMethod = '', template = ''] = routeKey.split(' ');
    if (routeMethod !== method && routeMethod !== 'ANY') continue;
    const matched = matchPath(template, path);
    if (matched === undefined) continue;
    const weights = [...matched.weights, routeMethod === 'ANY' ? 0 : 0.5];
    if (best === undefined || compare(weights, best.weights) > 0) {
      best = { match: { routeKey, parameters: matched.parameters }, weights };
    }
  }
  return best?.match ?? fallback;
}

function matchPath(template: string, path: string) {
  const expected = template.split('/').slice(1);
  const actual = path.split('/').slice(1);
  const parameters: Record<string, string> = {};
  const weights: number[] = [];
  for (const [index, segment] of expected.entries()) {
    const value = actual[index];
    const [, name, greedy] = /^\{([\w.-]+)(\+)?\}$/.exec(segment) ?? [];
    if (name !== undefined && greedy !== undefined) {
      const rest = actual.slice(index).join('/');
      if (rest === '') return undefined;
      parameters[name] = decoded(rest);
      return { parameters, weights: [...weights, WEIGHT.greedy] };
    }
    if (value === undefined || (name === undefined ? value !== segment : value === '')) return undefined;
    if (name !== undefined) parameters[name] = decoded(value);
    weights.push(name === undefined ? WEIGHT.literal : WEIGHT.variable);
  }
  return actual.length === expected.length ? { parameters, weights } : undefined;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A broken percent sequence stays as it is, as on AWS, where the function refuses it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
