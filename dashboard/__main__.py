"""`python -m dashboard`: Streamlit in this process, until SIGTERM or Ctrl-C."""

import os
import sys
from pathlib import Path

from streamlit.web import bootstrap

from dashboard import theme
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
    except BadSetting as error:
        sys.exit(str(error))
    bootstrap.load_config_options(flag_options=chosen)
    bootstrap.run(str(Path(__file__).with_name("app.py")), False, [], chosen)


if __name__ == "__main__":
    main()
