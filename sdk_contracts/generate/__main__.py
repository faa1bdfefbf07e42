"""`python -m sdk_contracts.generate`: write the models of all SDKs."""

from sdk_contracts.generate.files import write

write()
