"""Packages without wheels: fetched as data, built in quarantine, given on as wheels."""
