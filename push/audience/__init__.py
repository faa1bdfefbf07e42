"""Who a campaign is aimed at."""
