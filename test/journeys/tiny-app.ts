/** An app without dependencies that answers with `text`. */
export const tinyApp = (text: string) => ({
  'gantry.json': JSON.stringify({ provider: 'node', build: { install: [], build: 'true' }, start: 'node .' }),
  'index.js': `require('node:http').createServer((_, response) => response.end(${JSON.stringify(text)})).listen(process.env.PORT);`,
});
