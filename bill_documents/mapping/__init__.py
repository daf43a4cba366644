"""From settings and a header to a layout: which column feeds which field."""
