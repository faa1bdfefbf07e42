"""`python -m api`: serve the API until SIGTERM or Ctrl-C."""

import asyncio
import contextlib
import os
import sys

import uvicorn

from api.app import DATABASE_SECONDS, create_app, log_as_lines
from api.server import Server
from api.settings import from_environment
from push import settings as engine_settings
from push.database import Database
from push.errors import DatabaseAway
from push.garbage import collect_rarely
from push.settings import BadSetting, Settings


def main() -> int:
    try:
        settings, options = engine_settings.from_environment(os.environ), from_environment(os.environ)
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        asyncio.run(_reach_database(settings))
    except DatabaseAway:
        sys.stderr.write("The database named in FANFARE_MONGO_URL does not answer. Start it, or correct the address.\n")
        return 1
    log_as_lines()
    # Paths and headers of phones carry keys, so there is no access log; /metrics counts the answers.
    app = create_app(settings, options)
    collect_rarely()
    config = uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        loop="auto",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=options.shutdown_seconds,
    )
    with contextlib.suppress(KeyboardInterrupt):
        Server(config, app).run()
    return 0


async def _reach_database(settings: Settings) -> None:
    """Raises DatabaseAway, before the server starts and makes a page of tracebacks of it."""
    database = Database(settings.mongo_url, settings.database, timeout_seconds=DATABASE_SECONDS)
    try:
        await database.ping()
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())
