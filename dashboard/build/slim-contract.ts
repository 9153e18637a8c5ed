import { events } from '@gantry/contract/events.ts';
import { routes } from '@gantry/contract/routes.ts';
import type { Plugin } from 'vite';

/** The parts of a route that the typed client needs. */
function slimRoutes() {
  const slim = Object.entries(routes).map(([operation, route]) => {
    const { method, path, access } = route;
    return [operation, { method, path, access, ...('ifMatch' in route && { ifMatch: true }) }];
  });
  return { routes: Object.fromEntries(slim) };
}

/** The page only needs the names of events. */
function slimEvents() {
  return { events: Object.fromEntries(Object.keys(events).map((name) => [name, {}])) };
}

const MODULES = [
  [/\/layers\/contract\/routes\.ts$/, slimRoutes],
  [/\/layers\/contract\/events\.ts$/, slimEvents],
] as const;

/** The contract without its schemas. They would be a third of the page's script, and the server checks them anyway. */
export function slimContract(): Plugin {
  return {
    name: 'gantry-slim-contract',
    load(id) {
      const slim = MODULES.find(([module]) => module.test(id))?.[1]();
      return (
        slim &&
        Object.entries(slim)
          .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
          .join('\n')
      );
    },
  };
}
