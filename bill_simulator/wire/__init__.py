"""HTTP: forms, multipart, the envelope, faults on the way, and the hosts that may call."""
