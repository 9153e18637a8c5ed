import type { ServerResponse } from 'node:http';

/** Calls `hook` once the request is carried out and before the client can know; not for a refused one. */
export function beforeAnswer(response: ServerResponse, hook: () => void): void {
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  response.end = (...given: unknown[]) => {
    if (response.statusCode < 300) hook();
    return end(...given);
  };
}
