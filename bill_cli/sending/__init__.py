"""The work of commands: writes that are sent once and what came of them, rows of files, searches, downloads."""
