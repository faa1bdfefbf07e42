"""Everything that can go wrong, one class a reason, carrying data. There is no HTTP in here."""

from collections.abc import Sequence


class PushError(Exception):
    """The root of all that the engine refuses or cannot do."""


class DatabaseAway(PushError):
    """The database does not answer now; the same call may work later."""

    def __init__(self) -> None:
        super().__init__("The database does not answer.")


class Unauthenticated(PushError):
    def __init__(self) -> None:
        super().__init__("There is no such key.")


class BadReceipt(PushError):
    def __init__(self) -> None:
        super().__init__("This receipt was not made here.")


class BadCode(PushError):
    """The code of a tracked link was altered, or mistyped."""

    def __init__(self) -> None:
        super().__init__("This code was not made here: look whether it is written as it is printed.")


class NotFound(PushError):
    """There is no such thing, or it belongs to another app."""

    what = "thing"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"There is no {self.what} {identifier}.")
        self.identifier = identifier


class AppNotFound(NotFound):
    what = "app"


class KeyNotFound(NotFound):
    what = "key"


class DeviceNotFound(NotFound):
    what = "device"


class PersonNotFound(NotFound):
    what = "person"


class CampaignNotFound(NotFound):
    what = "campaign"


class WebhookNotFound(NotFound):
    what = "webhook"


class DeliveryNotFound(NotFound):
    what = "delivery"


class TemplateNotFound(NotFound):
    what = "template"


class MediaNotFound(NotFound):
    what = "image"


class PlacementNotFound(NotFound):
    what = "placement"


class SegmentNotFound(NotFound):
    what = "segment"


class ImportNotFound(NotFound):
    what = "import"


class ItemNotFound(NotFound):
    what = "inbox item"


class Invalid(PushError):
    """The input is well formed and yet cannot be meant. `pointer` is a JSON Pointer (RFC 6901) to what is wrong."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


class BadCursor(Invalid):
    def __init__(self) -> None:
        super().__init__("/cursor", "This cursor was not given out here.")


class BadSignature(PushError):
    """The identity signature is missing or wrong."""

    def __init__(self) -> None:
        super().__init__("The signature does not fit this external_id.")


class InstallationTaken(PushError):
    """Somebody else's installation, as far as the caller can show."""

    def __init__(self, installation_id: str) -> None:
        super().__init__("This installation is registered already; send its device key in Fanfare-Device to change it.")
        self.installation_id = installation_id


class ImportRunning(PushError):
    """Somebody is sending this import now, or was until a moment ago."""

    def __init__(self) -> None:
        super().__init__("This import is being sent already; if it was cut, send it again in half a minute.")


class OtherFile(PushError):
    """Under the key of one import comes something else."""

    def __init__(self) -> None:
        super().__init__("This is not what the import with this Idempotency-Key began with; take a new key.")


class IllegalMove(PushError):
    """A campaign cannot do this in the state it is in."""

    def __init__(self, state: str, move: str) -> None:
        super().__init__(f"A campaign that is {state} cannot be {move}.")
        self.state = state
        self.move = move


class Outdated(PushError):
    """What was decided on is not what is there any more."""

    def __init__(self) -> None:
        super().__init__("The campaign was changed meanwhile; look at it again.")


class NeedsApproval(PushError):
    """The app wants a second pair of eyes on campaigns as large as this."""

    def __init__(self, above: int) -> None:
        super().__init__(f"More than {above:,} people are meant: somebody who did not write it has to approve it.")
        self.above = above


class NotReady(PushError):
    """A campaign cannot go out as it is; `errors` are JSON Pointers (RFC 6901) into it, each with what is wrong."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("This campaign cannot go out as it is: " + " ".join(detail for _, detail in errors))
        self.errors = errors


class MediaInUse(PushError):
    """Something that is still to go out shows this image."""

    def __init__(self, used_by: list[str]) -> None:
        shown = ", ".join(f"“{name}”" for name in used_by[:5])
        super().__init__(f"This image is shown by {shown}{' and others' if len(used_by) > 5 else ''}.")
        self.used_by = used_by


class PlacementOver(PushError):
    """What a tracked link led to is over."""

    def __init__(self, placement_id: str) -> None:
        super().__init__("What this link led to is over.")
        self.placement_id = placement_id


class InUse(PushError):
    """Something that is not over names this segment."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("This segment is in use by " + ", ".join(names) + "; change or end these first.")
        self.names = names


class LeaseLost(PushError):
    """Somebody else holds this work now; what was done under the old lease must not be written."""

    def __init__(self, work_id: str) -> None:
        super().__init__(f"The lease on {work_id} is lost.")
        self.work_id = work_id


class TooManyStreams(PushError):
    """One person listens too often at the same time."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A person has {most} streams at most at the same time.")


class StreamsFull(PushError):
    """This process streams to as many as it can, or is about to stop."""

    def __init__(self) -> None:
        super().__init__("There is no room for another stream here now.")


class Overloaded(PushError):
    """More comes in than can be stored now; nothing was taken, and the same call works later."""

    def __init__(self) -> None:
        super().__init__("Too much is waiting to be stored.")
