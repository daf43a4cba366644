"""A PostgreSQL of its own, for `warehouse.py`: a line of SQL in, what psql says as a line of JSON out.

It runs in the environment of the foreign tap, which has the server.
"""

from __future__ import annotations

import json
import sys

import pgserver


def main() -> None:
    """Serve until stdin ends; the first line is the folder of its socket."""
    server = pgserver.get_server(sys.argv[1])
    try:
        print(json.dumps(server.get_uri().partition("host=")[2]), flush=True)
        for line in sys.stdin:
            print(json.dumps(server.psql(json.loads(line))), flush=True)
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
