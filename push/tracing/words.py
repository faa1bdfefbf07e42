"""What a support person reads out. The reasons are those of the ledger and of the senders."""

OUTSIDE = {
    "not_launched": "In as they are now, but the campaign has not gone out yet.",
    "cancelled_first": "The campaign was cancelled before it was sent to anybody.",
    "excluded": "Out, because the campaign leaves this person out: {why}.",
    "not_in_audience": "Out, because the campaign is not for this person as they are now: {why}.",
    "segment_gone": "Out, because the campaign is for a segment that is not there any more.",
    "came_later": "Out, because they came after the campaign was launched.",
    "no_device": "Out, because they have no device.",
    "being_planned": "In, and not reached yet: the campaign is still working out whom to send to.",
    "not_planned": "They were not among those it was for when it was sent; they are now.",
}
MEANT = "In, because they were among those it was for when it was sent."
BROADCAST = "In, because it is one inbox item for all whom it is for, which they see when they look."
BROADCAST_OVER = "It was one inbox item for all; it is over, and nobody sees it any more."
ACCEPTED = {
    "push": "The push service took it.",
    "inbox": "It was put into their inbox.",
    "email": "The mail server took it.",
}
STEPS = {
    "redriven": "It had been given up, and was sent once more.",
    "received": "The phone confirmed that it arrived.",
    "displayed": "It was shown.",
    "opened": "They opened it.",
    "clicked": "They followed the link.",
    "dismissed": "They swiped it away.",
    "converted": "They did what it was meant to bring about.",
    "acknowledged": "They acknowledged it.",
}
ENDS = {
    "skipped": "It was not sent: {why}.",
    "failed": "It could not be sent: {why}.",
    "dead": "It was given up after several tries: {why}.",
}
WAITING = "It waits until {until:%Y-%m-%d %H:%M} UTC, when it may be sent."
PLANNED = "It is to be sent."
REASONS = {
    "no_consent": "they have not agreed to promotion",
    "opted_out": "they turned notifications off",
    "category_muted": "they muted this category",
    "no_address": "there is no address to send it to",
    "address_gone": "the address no longer works",
    "frequency_capped": "they have had as much promotion as they may have within a day",
    "holdout": "they are held out to measure what the campaign brings about",
    "expired": "it was too late, the message had expired",
    "cancelled": "the campaign was cancelled first",
    "render_error": "the text could not be made for this person",
    "unregistered": "the app was removed, or the push address expired",
    "unsubscribed": "the browser unsubscribed",
    "invalid_address": "the push service does not know the address",
    "invalid_message": "the push service does not accept this message",
    "payload_too_large": "the message is too large",
    "sender_id_mismatch": "the address belongs to another Firebase project",
}


def outside(reason: str, decisive: str) -> str:
    """`decisive` says which rules of the audience decide it."""
    return OUTSIDE[reason].replace("{why}", decisive)


def why(reason: str | None) -> str:
    """A code we have no words for stays as it is."""
    return REASONS.get(reason or "", reason or "no reason was kept")
