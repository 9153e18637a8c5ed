/** Which two deployments are compared, as the address says. */
export interface CompareSearch {
  readonly from?: string;
  readonly to?: string;
}

export function compareSearch({ from, to }: Record<string, unknown>): CompareSearch {
  return { ...(typeof from === 'string' && { from }), ...(typeof to === 'string' && { to }) };
}
