"""The only wiring of the engine: which store stands behind which service. Open it once a process."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

from push.apps.idempotency.service import Idempotency
from push.apps.idempotency.store import IdempotencyStore
from push.apps.service import Apps
from push.apps.store import AppStore
from push.apps.tokens import Tokens
from push.apps.vault import Vault
from push.audience.checking import Naming
from push.audience.knowing import Knowing
from push.audience.roster.answering import RosterAnswers
from push.audience.segments.placing import Placing
from push.audience.segments.service import Segments
from push.audience.segments.store import SegmentStore
from push.audience.service import Audiences
from push.audit.service import Audit
from push.audit.store import AuditStore
from push.campaigns.composing import Campaigns
from push.campaigns.moving import Moves
from push.campaigns.naming.store import NamingStore
from push.campaigns.reviewing import Reviewing
from push.campaigns.starting import Starting
from push.campaigns.store import CampaignStore
from push.campaigns.trying import Trying
from push.checking.previewing import Previewing
from push.checking.service import Checking
from push.clock import Clock
from push.database import Database
from push.delivery.expiring import Expiring
from push.delivery.flow.store import LaneReportStore
from push.delivery.redriving import Redriving
from push.delivery.store import BatchStore
from push.devices.census import Censuses
from push.devices.registration import Devices
from push.devices.store import DeviceStore
from push.engagement.attribution.service import Attribution
from push.engagement.attribution.store import OutcomeStore
from push.engagement.exports.service import Exports
from push.engagement.overview import Overviews
from push.engagement.recorder import Recorder
from push.engagement.returning import Returners
from push.engagement.service import Engagement
from push.engagement.store import EventStore
from push.imports.importing import Importing
from push.imports.store import ImportStore
from push.inbox.badges import Badges
from push.inbox.broadcasts.live import LiveBroadcasts
from push.inbox.broadcasts.service import Broadcasts
from push.inbox.broadcasts.store import BroadcastStore
from push.inbox.mailboxes.service import Mailboxes
from push.inbox.mailboxes.store import MailboxStore
from push.inbox.retention import Retention
from push.inbox.service import Inbox
from push.inbox.store import InboxStore
from push.inbox.streaming.service import Streams
from push.inbox.streaming.telling import Teller
from push.ledger.counters.store import Counters
from push.ledger.moving.store import MoveStore
from push.ledger.participants.store import ParticipantStore
from push.ledger.recounting import Recounting
from push.ledger.service import Ledger
from push.ledger.store import LedgerStore
from push.limits.capping import Capping
from push.limits.store import PromotionStore
from push.live.service import LiveNumbers
from push.media.service import Images
from push.media.store import MediaStore
from push.people.attributes import AttributeTypes
from push.people.doings.store import DoingStore
from push.people.service import People
from push.people.store import PeopleStore
from push.people.upserting import Upserting
from push.placements.codes import Codes
from push.placements.following import Following
from push.placements.keeping import Placements
from push.placements.store import PlacementStore
from push.placements.visits.fingerprints import Fingerprints
from push.placements.visits.recorder import Recorder as VisitRecorder
from push.placements.visits.store import VisitStore
from push.privacy.erasing import Erasing
from push.privacy.exporting import Exporting
from push.privacy.store import PrivacyStore
from push.processes.model import Kind
from push.processes.service import Processes
from push.processes.store import ProcessStore
from push.settings import Settings
from push.smtp.service import MailServers
from push.templates.service import Templates
from push.templates.store import TemplateStore
from push.tracing.history import Histories
from push.tracing.service import Tracing
from push.triggers.firing import Firing
from push.triggers.hearing import Hearing
from push.triggers.store import WaitStore
from push.unsubscribing.service import Unsubscribing
from push.webhooks.outbox import Outbox
from push.webhooks.service import Webhooks
from push.webhooks.store import OutboxStore, WebhookStore

MOST_STREAMS = 2000
"""At the same time, from one process, unless it says otherwise."""


class Engine:
    """Every service of one Fanfare over one database."""

    def __init__(self, settings: Settings, database: Database, clock: Clock, kind: Kind) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        lease = timedelta(seconds=settings.lease_seconds)
        self.processes = Processes(database, ProcessStore(database), kind, lease)
        self.people_store = PeopleStore(database)
        self.device_store = DeviceStore(database)
        self.campaign_store = CampaignStore(database, lease)
        self.promotions = PromotionStore(database)
        self.capping = Capping(self.promotions, clock)
        self.tokens = Tokens(settings.secret_key)
        vault = Vault(settings.secret_key)
        self.apps = Apps(database, AppStore(database), vault, clock)
        self.mail_servers = MailServers(self.apps, settings.smtp_hosts, settings.ca_file)
        self.idempotency = Idempotency(IdempotencyStore(database), vault, clock)
        self.people = People(database, self.people_store, clock)
        self.attribute_types = AttributeTypes(self.apps.fix_attributes)
        self.upserting = Upserting(database, self.people_store, self.people, self.attribute_types, clock)
        self.devices = Devices(
            database, self.device_store, self.people, clock, self.apps.required_identity_secret, settings.web_push_hosts
        )
        participants, movements = ParticipantStore(database), MoveStore(database)
        ledger_store, campaign_names = LedgerStore(database, participants, movements), NamingStore(database)
        self.doings, segments = DoingStore(database), SegmentStore(database)
        placing = Placing(segments)
        knowing = Knowing(self.people_store, ledger_store, self.doings, campaign_names.made_from)
        # Only the process that is asked for estimates keeps rosters.
        most_bytes = settings.roster_mib * 2**20 if kind == "api" else 0
        self.audience = Audiences(
            self.people_store,
            self.device_store,
            knowing,
            placing,
            Naming(campaign_names),
            self.apps,
            self.capping,
            clock,
            RosterAnswers(database, knowing, self.capping, clock, most_bytes),
        )
        self.audit = Audit(AuditStore(database), clock)
        self.segments = Segments(
            database, segments, placing, campaign_names, Naming(campaign_names), self.apps, self.audit, clock
        )
        self.media = Images(database, MediaStore(database), self.audit, settings.public_url, clock)
        moves = Moves(database, self.campaign_store)
        self.reviewing = Reviewing(moves, self.apps, self.audience, self.audit, clock)
        self.trying = Trying(moves, self.campaign_store, self.audit, clock)
        self.campaigns = Campaigns(moves, self.campaign_store, self.reviewing, self.audience, self.apps, clock)
        self.checking = Checking(
            moves,
            self.campaign_store,
            self.apps,
            self.audience,
            self.people_store,
            self.reviewing,
            self.media.is_gone,
            clock,
        )
        self.campaigns.on_launching.append(self.checking.pass_on)
        templates = TemplateStore(database)
        self.templates = Templates(templates, clock)
        self.media.in_use += [self.campaign_store.showing, templates.showing]
        self.previewing = Previewing(moves, self.apps, self.people_store, self.device_store)
        self.starting = Starting(database, self.campaign_store, self.apps, self.campaigns.cancel, clock)
        self.waits = waits = WaitStore(database)
        self.firing = Firing(database, self.campaign_store, waits, clock)
        # Each process counts in documents of its own, so that two never wait for each other.
        counters = Counters(database, secrets.token_hex(4))
        self.ledger = Ledger(database, ledger_store, counters, participants, clock)
        batches = BatchStore(database, self.campaign_store.lease)
        self.expiring = Expiring(self.campaign_store, batches, self.ledger, self.audit, clock)
        self.redriving = Redriving(self.campaign_store, batches, self.ledger, self.audit, clock)
        broadcasts, retention = BroadcastStore(database), Retention(self.apps)
        self.live = LiveBroadcasts(database, broadcasts, clock)
        self.broadcasts = Broadcasts(database, broadcasts, self.live, self.device_store, self.ledger, retention, clock)
        self.campaigns.on_cancelled += [
            self.broadcasts.end,
            lambda app_id, campaign_id: batches.hurry(app_id, campaign_id, clock.now()),
        ]
        events = EventStore(database)
        self.attribution = Attribution(OutcomeStore(database), self.campaign_store, self.ledger, self.apps, clock)
        self.recounting = Recounting(database, ledger_store, counters, participants, self.attribution.worth)
        self.recorder = Recorder(events, self.ledger, self.attribution, self.apps, clock)
        self.exports = Exports(ledger_store, events, self.people_store)
        self.engagement = Engagement(self.recorder, self.ledger, self.devices, self.broadcasts, self.tokens, clock)
        items = InboxStore(database)
        self.mailboxes = Mailboxes(database, MailboxStore(database), items, retention, clock)
        self.inbox = Inbox(items, self.mailboxes, self.live, self.device_store, clock, self.engagement.report)
        self.badges = Badges(self.apps, self.mailboxes, items, self.live, self.device_store)
        self.streams = Streams(database, self.inbox, self.live, Teller(items), clock, MOST_STREAMS)
        self.censuses = Censuses(self.device_store, clock)
        self.returners = Returners(self.ledger, self.device_store, clock)
        self.overviews = Overviews(self.censuses, self.campaign_store, self.ledger, clock)
        self.live_numbers = LiveNumbers(self.campaign_store, counters, batches, LaneReportStore(database), clock)
        self.importing = Importing(
            database,
            ImportStore(database),
            self.people,
            self.people_store,
            self.attribute_types,
            self.audit,
            clock,
            settings.web_push_hosts,
        )
        self.tracing = Tracing(moves, self.audience, self.people_store, self.device_store, ledger_store, clock)
        self.histories = Histories(self.people_store, self.campaign_store, ledger_store)
        placements, visits, codes = PlacementStore(database), VisitStore(database), Codes(settings.secret_key)
        self.placements = Placements(placements, visits, self.campaign_store, codes, clock, settings.public_url)
        self.visits = VisitRecorder(visits, self.ledger, clock)
        self.following = Following(placements, self.apps, codes, self.visits, Fingerprints(visits, clock), clock)
        privacy = PrivacyStore(database, participants, movements)
        self.unsubscribing = Unsubscribing(
            self.tokens, self.apps, self.campaign_store, ledger_store, self.people, clock
        )
        self.exporting = Exporting(privacy)
        self.erasing = Erasing(database, privacy, self.people_store, self.apps, self.audit, clock)
        self.webhook_store, self.outbox_store = WebhookStore(database), OutboxStore(database, lease)
        self.webhooks = Webhooks(self.webhook_store, self.outbox_store, vault, settings.webhook_hosts, clock)
        outbox = Outbox(self.webhook_store, self.outbox_store, clock)
        self.campaign_store.telling.ask, self.ledger.telling.ask = outbox.of_campaign, outbox.of_steps
        self.people.on_gate_changed.append(self.device_store.copy_gate)
        self.recorder.on_named += [Hearing(self.campaign_store, waits).heard, self.doings.note]
        self.people.on_merged += [
            waits.move_person,
            self.doings.move_person,
            self.mailboxes.merge,
            self.ledger.move_person,
            self.attribution.move_person,
            self.promotions.move_person,
        ]


@contextlib.asynccontextmanager
async def open_engine(
    settings: Settings,
    kind: Kind = "command",
    *,
    database_timeout_seconds: float = 4.0,
    clock: Clock | None = None,
) -> AsyncIterator[Engine]:
    """Connect, prepare the database, and wire. `clock` is the database's unless given. Raises DatabaseAway."""
    database = Database(settings.mongo_url, settings.database, timeout_seconds=database_timeout_seconds)
    engine = Engine(settings, database, clock or database.clock, kind)
    background: list[asyncio.Task[None]] = []
    try:
        await database.prepare()
        await engine.processes.join()
        running = (engine.recorder.run(), engine.visits.run(), engine.processes.run(), engine.erasing.run())
        background += [asyncio.create_task(each) for each in running]
        yield engine
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        engine.live_numbers.end_all()
        await engine.audience.close()
        await engine.streams.close()
        await engine.live.close()
        await database.at_rest()
        await engine.processes.leave()
        database.close()
