/** Tells at the end what this machine could not try: the title of a test that is not run holds the reason. */
export default class NotRun {
  onRunComplete(_, { testResults }) {
    const titles = testResults.flatMap((file) => file.testResults).map(({ fullName }) => fullName);
    for (const title of titles) if (title.includes('not run: ')) console.log(`○ ${title}`);
  }
}
