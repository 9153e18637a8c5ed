/** Live connections, over one database and one stand-in for API Gateway's side of them. */
import './tickets.ts';
import './connections.ts';
import './lines.ts';
