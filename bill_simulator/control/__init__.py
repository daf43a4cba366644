"""Control plane under `/_simulator/`, its Python client, and the mutator."""
