"""Passerelle: who is asking. Flask, intake, routing, desk, screening, dashboards, commands."""
