"""`python -m api.export`: write what is served, and the contracts, into sdk_contracts/schemas."""

import sys

from api.app import describe
from sdk_contracts.export import SCHEMAS, json_schema, pretty


def main() -> int:
    SCHEMAS.mkdir(exist_ok=True)
    (SCHEMAS / "openapi.json").write_bytes(pretty(describe()))
    (SCHEMAS / "wire.json").write_bytes(pretty(json_schema()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
