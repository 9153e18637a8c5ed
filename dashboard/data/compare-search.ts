/** The two compared deployments, in the address. */
export interface CompareSearch {
  readonly from?: string;
  readonly to?: string;
}

export function compareSearch({ from, to }: Record<string, unknown>): CompareSearch {
  return { ...(typeof from === 'string' && { from }), ...(typeof to === 'string' && { to }) };
}
