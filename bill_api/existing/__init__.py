"""The objects that BILL holds, by names, keys and ids; and references to them."""
