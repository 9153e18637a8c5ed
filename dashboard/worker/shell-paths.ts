/** What is no page of the dashboard: the API, its reference and the webhooks answer for themselves. */
const PAGES = /^\/(?:account|github|signed-in|teams\/.*)?$/;

/** Whether an address shows the dashboard's entry page. */
export const isShellPath = (path: string): boolean => PAGES.test(path);
