"""Stand-ins for the outside world: FCM, Web Push services, and phones that behave like a population."""

from sdk_contracts.sandbox.behaviour import Behaviour, Quota, Rule, UnknownAnswer
from sdk_contracts.sandbox.fcm.service import FcmStandIn, fcm_stand_in
from sdk_contracts.sandbox.phones.population import Plan, Population, population
from sdk_contracts.sandbox.process import sandbox_process
from sdk_contracts.sandbox.recorder import Message
from sdk_contracts.sandbox.serving import Certificate
from sdk_contracts.sandbox.web_push.service import WebPushStandIn, web_push_stand_in

__all__ = [
    "Behaviour",
    "Certificate",
    "FcmStandIn",
    "Message",
    "Plan",
    "Population",
    "Quota",
    "Rule",
    "UnknownAnswer",
    "WebPushStandIn",
    "fcm_stand_in",
    "population",
    "sandbox_process",
    "web_push_stand_in",
]
