/** A failure that the operator can fix: one line that says what happened and what to do. Nothing else is printed for it. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}
