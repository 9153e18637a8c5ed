/** Wakes the waiting tasks of this process; their answers are in their frames. */
export interface Answers {
  next(token: string): Promise<void>;
  give(token: string): void;
  forget(token: string): void;
}

export function createAnswers(): Answers {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  return {
    next(token) {
      const answer = Promise.withResolvers<void>();
      waiting.set(token, answer);
      return answer.promise;
    },
    give: (token) => waiting.get(token)?.resolve(),
    forget: (token) => void waiting.delete(token),
  };
}
