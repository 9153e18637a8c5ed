/** The part of asl-validator that the tests use; the package carries no types. */
declare module 'asl-validator' {
  interface Outcome {
    readonly isValid: boolean;
    readonly errors: readonly unknown[];
  }
  export default function validate(definition: object): Outcome;
}
