"""Who takes part in an experiment, and what each of them did, however many devices they have."""
