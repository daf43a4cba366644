"""Settings of the connection: where they come from, where they are kept, and what is wrong with them."""
