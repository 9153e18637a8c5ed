export type Api = (method: string, path: string, body?: unknown, options?: ApiOptions) => Promise<ApiAnswer>;

interface ApiOptions {
  readonly token?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: Loose;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads any field of any Kubernetes object
export type Loose = any;
