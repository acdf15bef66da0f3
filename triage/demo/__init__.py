"""The first ten working days of a crisis: `people` who work there, and the `story` of the days.

The demo lives in a database of its own, says so on every page, and no model ever learns from it.
"""
