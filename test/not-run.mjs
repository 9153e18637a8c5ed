/** Lists at the end the tests that this machine could not run. The title of each holds the reason. */
export default class NotRun {
  onRunComplete(_, { testResults }) {
    const titles = testResults.flatMap((file) => file.testResults).map(({ fullName }) => fullName);
    for (const title of titles) if (title.includes('not run: ')) console.log(`○ ${title}`);
  }
}
