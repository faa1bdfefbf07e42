"""Following a tracked link: where it leads, and one more that came by."""

from push.apps.service import Apps
from push.clock import Clock
from push.errors import PlacementNotFound, PlacementOver
from push.placements.codes import Codes, apps_of
from push.placements.links import destination
from push.placements.model import Placement, Via, Visit, Visitor
from push.placements.robots import is_robot
from push.placements.store import PlacementStore
from push.placements.visits.fingerprints import Fingerprints
from push.placements.visits.recorder import Recorder

_REMEMBERED = 10_000
_WHAT: dict[Via, str] = {"click": "clicks", "scan": "scans"}


class Following:
    def __init__(
        self,
        store: PlacementStore,
        apps: Apps,
        codes: Codes,
        recorder: Recorder,
        fingerprints: Fingerprints,
        clock: Clock,
    ) -> None:
        self._store = store
        self._apps = apps
        self._codes = codes
        self._recorder = recorder
        self._fingerprints = fingerprints
        self._clock = clock
        self._remembered: dict[str, list[str]] = {}
        """Which apps were made when: apps stay for good."""

    async def follow(self, text: str, visitor: Visitor | None) -> str:
        """The stored address that this code leads to; the visit is stored by then. Without a visitor none is counted.

        Raises BadCode, PlacementNotFound, PlacementOver, Overloaded, DatabaseAway.
        """
        code = self._codes.read(text)
        placement = await self._find(code.stem)
        open_ = placement.leads_on(self._clock.now())
        if visitor is not None:
            await self._recorder.count(await self._visit(placement, visitor, _WHAT[code.via] if open_ else "late"))
        if not open_:
            raise PlacementOver(placement.id)
        return destination(placement)

    async def _visit(self, placement: Placement, visitor: Visitor, what: str) -> Visit:
        fingerprint = None
        if visitor.early or is_robot(visitor.user_agent):
            what = "robots"
        elif what != "late":
            fingerprint = await self._fingerprints.of(placement.app_id, placement.id, visitor)
        return Visit(app_id=placement.app_id, placement_id=placement.id, what=what, fingerprint=fingerprint)

    async def _find(self, stem: str) -> Placement:
        first, before = apps_of(stem)
        known = self._remembered.get(first, [])
        if (placement := await self._among(known, stem)) is not None:
            return placement
        # Nearly always one: those made within the same quarter of a second.
        found = await self._apps.ids_between(first, before)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[first] = found
        placement = await self._among([each for each in found if each not in known], stem)
        if placement is None:
            raise PlacementNotFound(stem)
        return placement

    async def _among(self, app_ids: list[str], stem: str) -> Placement | None:
        for app_id in app_ids:
            if (placement := await self._store.with_stem(app_id, stem)) is not None:
                return placement
        return None
