// The one connection of this page. Modules import it, register what they want to hear of (addEventListener, subscribe),
// and the first that needs it opens it.

import { IdleWatch, ShownPeople } from "./presence.js";
import { hearServer } from "./server_clock.js";
import { PlazaSocket } from "./socket.js";

export const connection = new PlazaSocket();
new IdleWatch(connection);
new ShownPeople(connection);
connection.addEventListener("op:hello", ({ detail }) => hearServer(detail.server_time));
