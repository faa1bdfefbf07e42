"""Playing a phone, a browser and a backend against a server, and judging what it answers."""

from sdk_contracts.conformance.checklist import Checklist
from sdk_contracts.conformance.server.stage import Stage

CHECKS: Checklist[Stage] = Checklist()
