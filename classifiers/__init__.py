"""What is likely: strings in, answers out. No database, no clock, no session."""
