"""What is true: the tables, the verbs of each thing, and all SQL."""
