"""`python -m sdk_contracts.sandbox`."""

from sdk_contracts.sandbox.command import main

main()
