"""The root of everything that can go wrong for a reason we know."""


class PushError(Exception):
    """One class per reason, carrying its data. What it means in HTTP is the API's to say."""
