"""The first ten working days of a crisis: `people`, their `contacts`, `scenes` and the `story`.

The demo lives in a database of its own, says so on every page, and no model ever learns from it.
`programs`, `papers` and `machines` make the bytes of its mails; no file of a mail is in the tree.
"""
