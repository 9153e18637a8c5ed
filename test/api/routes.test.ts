/** The routes of variables, and what holds of every route: on one platform, those that need nothing deployed first, those that remove things last, and an attack at the end. */
import './variables.ts';
import './names.ts';
import './bad-input.ts';
import './race.ts';
import './strangers.ts';
import './attack.ts';
