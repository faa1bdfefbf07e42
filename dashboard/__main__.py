"""`python -m dashboard`: Streamlit in this process, until SIGTERM or Ctrl-C."""

import os
import signal
import sys
from pathlib import Path

import streamlit as st

from dashboard import downloads, oidc, theme
from dashboard.settings import BadSetting, Settings, from_environment

QUIET_AND_SAFE: dict[str, str | int | bool] = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": False,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "runner.magicEnabled": False,
    # Else all that lives is looked through after each re-run: three quarters of its cost. Python does so in its time.
    "runner.postScriptGC": False,
    "logger.hideWelcomeMessage": True,
}


def options(settings: Settings) -> dict[str, str | int | bool]:
    """Streamlit's options: ours win over any config file found on the machine."""
    return {
        **theme.OPTIONS,
        **QUIET_AND_SAFE,
        "server.address": settings.host,
        "server.port": settings.port,
    }


def main() -> None:
    try:
        chosen = options(from_environment(os.environ))
        provider = oidc.from_environment(os.environ)
    except BadSetting as error:
        sys.exit(str(error))
    # Uvicorn stops in peace and then raises the signal once more; asked to stop, this process has done well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    secrets = provider.secrets() if provider else None
    app = st.App(Path(__file__).with_name("app.py"), routes=[downloads.ROUTE], secrets=secrets)
    app.run(config=chosen)


if __name__ == "__main__":
    main()
