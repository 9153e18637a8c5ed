/** Deletions need the name as confirmation. */
export const yesFlag = { yes: { summary: 'confirm with the name, instead of typing it', value: 'name' } } as const;
