"""One page to read, of what a warehouse says: ageing, forecast, spend, suspects, and the account of loads."""
