"""Who looked at a campaign before it goes out, and at which version of it."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from push.apps.model import Principal


class Decision(Struct, frozen=True, kw_only=True):
    """Somebody's word on one version."""

    key_id: str | None
    """The secret key it was said with."""
    role: str | None
    at: datetime
    version: int
    note: str = ""


class Review(Struct, frozen=True, kw_only=True):
    """A version, and what was said of it. Each change makes the next version, of which nothing was said yet."""

    version: int = 1
    editors: tuple[str, ...] = ()
    """The keys it was written with, from the first version on."""
    submitted: Decision | None = None
    approved: Decision | None = None
    rejected: Decision | None = None

    def changed(self, editor: str | None) -> "Review":
        """The next version. Why the last one was rejected stays to be read until it is submitted again."""
        editors = tuple(dict.fromkeys((*self.editors, *([editor] if editor else []))))
        return Review(version=self.version + 1, editors=editors, rejected=self.rejected)

    def submit(self, by: Principal, at: datetime, note: str) -> "Review":
        return replace(self, submitted=self._word(by, at, note), approved=None, rejected=None)

    def approve(self, by: Principal, at: datetime, note: str) -> "Review":
        return replace(self, approved=self._word(by, at, note))

    def reject(self, by: Principal, at: datetime, note: str) -> "Review":
        return replace(self, approved=None, rejected=self._word(by, at, note))

    def wrote(self, key_id: str | None) -> bool:
        """Whether this is one of those whose work is being looked at."""
        return key_id is None or key_id in self.editors or (self.submitted and self.submitted.key_id) == key_id

    @property
    def by_another(self) -> bool:
        """This version was approved by somebody who did not write it: four eyes have seen it."""
        return self.approved is not None and not self.wrote(self.approved.key_id)

    def _word(self, by: Principal, at: datetime, note: str) -> Decision:
        return Decision(key_id=by.key_id, role=by.role, at=at, version=self.version, note=note)
