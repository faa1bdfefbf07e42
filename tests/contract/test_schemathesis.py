"""Schemathesis calls every operation with what the document allows and with what it does not, on a real database."""

import asyncio
import sys
from pathlib import Path

from push.settings import Settings
from tests.contract.scenario import shop
from tests.integration.api.serving import serving

SECONDS = 45
EXAMPLES_EACH = 25
CONFIG = """
[auth.openapi]
publishable = {{ bearer = "{publishable}" }}
device = {{ bearer = "{device}" }}
secret = {{ bearer = "{secret}" }}
"""
# What no schema can say is refused with 400 all the same: Liquid, time zones, push services, cursors of our own making.
# That what is good is taken, the golden examples show.
EXCLUDED = "positive_data_acceptance"


async def test_the_document_agrees_with_what_the_server_does(settings: Settings, tmp_path: Path) -> None:
    async with serving(settings) as api:
        scenario = await shop(api)
        config = tmp_path / "schemathesis.toml"
        keys = {
            "publishable": scenario.tenant.publishable,
            "device": scenario.phone.key,
            "secret": scenario.tenant.owner,
        }
        config.write_text(CONFIG.format(**keys))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "--no-color"),
            *("run", f"{api.url}/schema", "--phases", "examples,coverage,fuzzing", "--max-time", str(SECONDS)),
            *(
                "--max-examples",
                str(EXAMPLES_EACH),
                "--seed",
                "2",
                "--exclude-checks",
                EXCLUDED,
                "--continue-on-failure",
            ),
            # A device that uninstalls itself, or takes a new key, can be asked nothing more under the old one.
            *("--exclude-operation-id", "uninstall_device", "--exclude-operation-id", "rotate_device_key"),
            *("--request-timeout", "10"),
            # It signs in at whatever server is named.
            *("--exclude-operation-id", "put_smtp_credentials"),
            # A stream's answer does not end.
            *("--exclude-operation-id", "stream_inbox", "--exclude-operation-id", "watch_metrics"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
