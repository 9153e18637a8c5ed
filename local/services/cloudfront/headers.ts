import { AwsError } from '../../kernel/service.ts';

/** A header of a policy; without override, an answer keeps its own. */
export interface Header {
  readonly name: string;
  readonly value: string;
  readonly override: boolean;
}

interface Security {
  readonly Override: boolean;
  readonly ContentSecurityPolicy?: string;
  readonly FrameOption?: string;
  readonly ReferrerPolicy?: string;
  readonly AccessControlMaxAgeSec?: number;
  readonly IncludeSubdomains?: boolean;
}

export interface PolicyConfig {
  readonly SecurityHeadersConfig?: Readonly<Record<string, Security>>;
  readonly CustomHeadersConfig?: {
    readonly Items: readonly { readonly Header: string; readonly Value: string; readonly Override: boolean }[];
  };
}

const SECURITY: Readonly<Record<string, (given: Security) => readonly [name: string, value: string]>> = {
  ContentSecurityPolicy: (given) => ['content-security-policy', given.ContentSecurityPolicy ?? ''],
  ContentTypeOptions: () => ['x-content-type-options', 'nosniff'],
  FrameOptions: (given) => ['x-frame-options', given.FrameOption ?? ''],
  ReferrerPolicy: (given) => ['referrer-policy', given.ReferrerPolicy ?? ''],
  StrictTransportSecurity: ({ AccessControlMaxAgeSec, IncludeSubdomains }) => [
    'strict-transport-security',
    `max-age=${AccessControlMaxAgeSec}${IncludeSubdomains ? '; includeSubDomains' : ''}`,
  ],
};

/** The headers of a response headers policy. Throws with the name of an unknown part. */
export function headersOf({ SecurityHeadersConfig = {}, CustomHeadersConfig }: PolicyConfig, at: string): Header[] {
  const custom = (CustomHeadersConfig?.Items ?? []).map(({ Header, Value, Override }) => ({
    name: Header.toLowerCase(),
    value: Value,
    override: Override,
  }));
  const security = Object.entries(SecurityHeadersConfig).map(([key, given]) => {
    const make = SECURITY[key];
    if (make === undefined) throw new AwsError('InvalidArgument', `${at}: ${key} is not emulated.`);
    const [name, value] = make(given);
    return { name, value, override: given.Override };
  });
  return [...security, ...custom];
}
