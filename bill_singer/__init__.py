"""Shared parts of our Singer commands: files, messages, settings, the way to stdout, and endings."""
