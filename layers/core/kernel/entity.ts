import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { Entity as EagerEntity, ElectroError } from 'electrodb';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

interface Parameters {
  params<T>(): T;
}

/** Makes ElectroDB's `Entity` at its first use. A function loads far more entities than an invocation uses, and making one parses its whole model. */
export const Entity: typeof EagerEntity = new Proxy(EagerEntity, {
  construct: (target, given) => lazily<object>(() => Reflect.construct(target, given)),
});

function lazily<T extends object>(make: () => T): T {
  let made: T | undefined;
  return new Proxy({} as T, {
    get(_, key) {
      made ??= make();
      const value: unknown = Reflect.get(made, key, made);
      return typeof value === 'function' ? value.bind(made) : value;
    },
  });
}

/** An ElectroDB operation as one item of a transaction. */
export const item = {
  put: (operation: Parameters): TransactItem => ({ Put: operation.params<NonNullable<TransactItem['Put']>>() }),
  update: (operation: Parameters): TransactItem => ({
    Update: operation.params<NonNullable<TransactItem['Update']>>(),
  }),
  remove: (operation: Parameters): TransactItem => ({
    Delete: operation.params<NonNullable<TransactItem['Delete']>>(),
  }),
};

/** The answer of a conditional write; undefined when its condition failed. */
export async function unlessRefused<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    const cause = error instanceof ElectroError ? error.cause : error;
    if (cause instanceof Error && cause.name === 'ConditionalCheckFailedException') return undefined;
    throw error;
  }
}
