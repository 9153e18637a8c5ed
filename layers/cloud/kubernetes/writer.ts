import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf requests to the cluster are made. */
export interface ClusterWriter {
  /** Stands in the user agent, and so in the API server's audit log. */
  readonly name: string;
  /** No request is on its way after this, in milliseconds since 1970. */
  readonly until: number;
}

const writers = new AsyncLocalStorage<ClusterWriter>();

/** Runs `work`; requests to the cluster that it makes carry the writer's name and end by its time. */
export function writingAs<T>(writer: ClusterWriter, work: () => Promise<T>): Promise<T> {
  return writers.run(writer, work);
}

export function currentWriter(): ClusterWriter | undefined {
  return writers.getStore();
}
