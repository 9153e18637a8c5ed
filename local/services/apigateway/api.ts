import { createHash } from 'node:crypto';
import { AwsError } from '../../kernel/service.ts';

export interface CorsConfiguration {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly AllowCredentials?: boolean;
  readonly MaxAge?: number;
}

export interface Integration {
  readonly functionArn: string;
  readonly timeoutMs: number;
}

interface Stage {
  readonly name: string;
  readonly throttle: Throttle | undefined;
}

/** A token bucket: `burst` requests at once, `rate` more each second. */
export interface Throttle {
  readonly burst: number;
  readonly rate: number;
}

/** An API of the template; routes, integrations and the stage are added when they are declared. */
export interface Api {
  readonly id: string;
  readonly protocol: 'HTTP' | 'WEBSOCKET';
  readonly cors: CorsConfiguration | undefined;
  /** The property of a message's body that names its route (WebSocket), e.g. `action` or `data.kind`. */
  readonly routeSelection: string;
  readonly integrations: Map<string, Integration>;
  /** Route key → id of its integration. */
  readonly routes: Map<string, string>;
  stage: Stage | undefined;
}

export type Apis = Map<string, Api>;

/** An identifier as API Gateway makes them, the same at every start. */
export function stableId(at: string, length: number): string {
  const digest = BigInt(`0x${createHash('sha256').update(at).digest('hex')}`);
  return digest.toString(36).slice(-length);
}

/** The API of an identifier. Throws `NotFoundException` when a resource names an undeclared one. */
export function apiOf(apis: Apis, id: string): Api {
  const api = apis.get(id);
  if (api !== undefined) return api;
  throw new AwsError('NotFoundException', `Invalid API identifier specified ${id}`, 404);
}

/** The one API of a protocol: the front has one address for each. */
export function onlyApi(apis: Apis, protocol: Api['protocol']): Api | undefined {
  return [...apis.values()].find((api) => api.protocol === protocol);
}

/** The integration behind a route key, if both are declared. */
export function integrationOf(api: Api, routeKey: string): Integration | undefined {
  const id = api.routes.get(routeKey);
  return id === undefined ? undefined : api.integrations.get(id);
}
