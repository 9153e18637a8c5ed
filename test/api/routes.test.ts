/**
 * The routes of variables, and the rules of every route, on one platform: first tests without a deployment, later those that delete, and an attack at
 * the end.
 */
import './variables.ts';
import './names.ts';
import './bad-input.ts';
import './race.ts';
import './strangers.ts';
import './attack.ts';
