"""`python -m api.export`: write what is served and the contracts into sdk_contracts/schemas, and the SDKs' models."""

import sys

from api.app import describe
from sdk_contracts.export import SCHEMAS, json_schema, pretty
from sdk_contracts.generate.files import write


def main() -> int:
    SCHEMAS.mkdir(exist_ok=True)
    (SCHEMAS / "openapi.json").write_bytes(pretty(describe()))
    (SCHEMAS / "wire.json").write_bytes(pretty(json_schema()))
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
