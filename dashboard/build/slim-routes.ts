import { routes } from '@gantry/contract/routes.ts';
import type { Plugin } from 'vite';

const MODULE = /\/layers\/contract\/routes\.ts$/;

/**
 * The contract's routes without their schemas, which are a third of the page's script and which the server checks anyway: method, path and
 * who may call it are all that the typed client needs.
 */
export function slimRoutes(): Plugin {
  return {
    name: 'gantry-slim-routes',
    load(id) {
      if (!MODULE.test(id)) return undefined;
      const slim = Object.entries(routes).map(([operation, route]) => {
        const { method, path, access } = route;
        return [operation, { method, path, access, ...('ifMatch' in route && { ifMatch: true }) }];
      });
      return `export const routes = ${JSON.stringify(Object.fromEntries(slim))};`;
    },
  };
}
