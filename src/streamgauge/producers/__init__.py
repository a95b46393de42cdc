"""How services speak: the client, the middleware, simulated and replayed traffic."""
