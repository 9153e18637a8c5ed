/** Live connections, with one database and one stand-in for API Gateway. */
import './tickets.ts';
import './connections.ts';
import './lines.ts';
