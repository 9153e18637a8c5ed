/** Paths that are no pages of the dashboard: the API, its reference and the webhooks. */
const PAGES = /^\/(?:account|github|signed-in|teams\/.*)?$/;

/** Whether a path shows the dashboard's entry page. */
export const isShellPath = (path: string): boolean => PAGES.test(path);
