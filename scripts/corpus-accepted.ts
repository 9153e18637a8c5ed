/** Differences from the corpus that are meant, by app and field, with the reason. */
export const accepted: Readonly<Record<string, string>> = {};
