/** Deletions need the name as confirmation. */
export const yesFlag = { yes: { summary: 'the name of what goes, instead of typing it', value: 'name' } } as const;
