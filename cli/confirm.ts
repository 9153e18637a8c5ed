/** What takes something away is confirmed by its name. */
export const yesFlag = { yes: { summary: 'the name of what goes, instead of typing it', value: 'name' } } as const;
