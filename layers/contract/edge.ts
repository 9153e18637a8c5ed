/** The header by which the distribution shows the functions behind it that a request came through it. */
export const EDGE_HEADER = 'x-gantry-edge';
