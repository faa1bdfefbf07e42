"""Which campaigns a list is to show."""

from collections.abc import Sequence

from msgspec import Struct

from push.campaigns.model import State


class Search(Struct, frozen=True, kw_only=True):
    state: State | None = None
    tag: str | None = None
    text: str | None = None
    """Found in the name or a tag, whatever the case."""
    archived: bool = False
    run_of: str | None = None
    """The runs of this campaign."""

    @property
    def narrows(self) -> bool:
        """Some of those that are listed are not meant."""
        return bool(self.state or self.tag or self.text)

    def means(self, name: str, state: str, tags: Sequence[str]) -> bool:
        if self.state not in (None, state) or (self.tag is not None and self.tag not in tags):
            return False
        text = (self.text or "").casefold()
        return any(text in each.casefold() for each in (name, *tags))


EVERYTHING = Search()
