"""Driving an SDK through its adapter, beside an API that misbehaves when asked to."""

from sdk_contracts.conformance.checklist import Checklist
from sdk_contracts.conformance.sdk.bench import Bench

CHECKS: Checklist[Bench] = Checklist()
