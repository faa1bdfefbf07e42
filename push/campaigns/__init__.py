"""States of a campaign, composing and launching."""
