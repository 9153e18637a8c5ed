import { AsyncLocalStorage } from 'node:async_hooks';

/** The writer behind requests to the cluster. */
export interface ClusterWriter {
  /** Part of the user agent, and so of the API server's audit log. */
  readonly name: string;
  /** No request is in transit after this, in milliseconds since 1970. */
  readonly until: number;
}

const writers = new AsyncLocalStorage<ClusterWriter>();

/** Runs `work`; its requests to the cluster carry the writer's name and end by the writer's time. */
export function writingAs<T>(writer: ClusterWriter, work: () => Promise<T>): Promise<T> {
  return writers.run(writer, work);
}

export function currentWriter(): ClusterWriter | undefined {
  return writers.getStore();
}
