/** The header by which the distribution proves to functions that a request came through it. */
export const EDGE_HEADER = 'x-gantry-edge';
