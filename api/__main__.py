"""`python -m api`: serve the API until SIGTERM or Ctrl-C."""

import os
import sys

import uvicorn

from api.app import create_app, log_as_lines
from api.settings import from_environment
from push import settings as engine_settings
from push.settings import BadSetting


def main() -> int:
    try:
        settings, options = engine_settings.from_environment(os.environ), from_environment(os.environ)
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log_as_lines()
    # Paths and headers of phones carry keys, so there is no access log; /metrics counts the answers.
    uvicorn.run(
        create_app(settings, options),
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
