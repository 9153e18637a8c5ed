import { events } from '@gantry/contract/events.ts';
import { routes } from '@gantry/contract/routes.ts';
import type { Plugin } from 'vite';

/** A route as the typed client needs it: method, path and who may call it. */
function slimRoutes() {
  const slim = Object.entries(routes).map(([operation, route]) => {
    const { method, path, access } = route;
    return [operation, { method, path, access, ...('ifMatch' in route && { ifMatch: true }) }];
  });
  return { routes: Object.fromEntries(slim) };
}

/** Of the events the page needs the names. */
function slimEvents() {
  return { events: Object.fromEntries(Object.keys(events).map((name) => [name, {}])) };
}

const MODULES = [
  [/\/layers\/contract\/routes\.ts$/, slimRoutes],
  [/\/layers\/contract\/events\.ts$/, slimEvents],
] as const;

/** The contract without its schemas, which would be a third of the page's script and which the server checks anyway. */
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
