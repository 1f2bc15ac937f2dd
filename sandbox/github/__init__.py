"""Finds repositories on GitHub, says how well one can tinker with them, forks and publishes.

The one door to GitHub's API (PyGithub). It never clones, pushes or runs anything, writes nothing
but its cache, and changes nothing at GitHub unless `forking` or `publishing` is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.github.caching import Answers
    from sandbox.github.cards import (
        FEATURES,
        MOST_RESULTS,
        Answer,
        Candidate,
        Facts,
        Reason,
        RepoCard,
        Wanted,
    )
    from sandbox.github.finding import explain, find
    from sandbox.github.forking import Account, Fork, account, fork, merge_upstream
    from sandbox.github.masking import MASK, masker
    from sandbox.github.matching import Terms, terms_of
    from sandbox.github.messages import PATCH, Told, body_of, commit_message, title_of
    from sandbox.github.publishing import Proposal, create_gist, propose
    from sandbox.github.queries import FRAMEWORKS, arxiv_id, checked_date, framework_named
    from sandbox.github.secrets import Secret, find_secrets
    from sandbox.github.site import Access, Site
    from sandbox.github.tokens import Token, find_token

__all__ = [
    "FEATURES",
    "FRAMEWORKS",
    "MASK",
    "MOST_RESULTS",
    "PATCH",
    "Access",
    "Account",
    "Answer",
    "Answers",
    "Candidate",
    "Facts",
    "Fork",
    "Proposal",
    "Reason",
    "RepoCard",
    "Secret",
    "Site",
    "Terms",
    "Token",
    "Told",
    "Wanted",
    "account",
    "arxiv_id",
    "body_of",
    "checked_date",
    "commit_message",
    "create_gist",
    "explain",
    "find",
    "find_secrets",
    "find_token",
    "fork",
    "framework_named",
    "masker",
    "merge_upstream",
    "propose",
    "terms_of",
    "title_of",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.github.caching": "Answers",
        "sandbox.github.cards": (
            "FEATURES MOST_RESULTS Answer Candidate Facts Reason RepoCard Wanted"
        ),
        "sandbox.github.finding": "explain find",
        "sandbox.github.forking": "Account Fork account fork merge_upstream",
        "sandbox.github.masking": "MASK masker",
        "sandbox.github.matching": "Terms terms_of",
        "sandbox.github.messages": "PATCH Told body_of commit_message title_of",
        "sandbox.github.publishing": "Proposal create_gist propose",
        "sandbox.github.queries": "FRAMEWORKS arxiv_id checked_date framework_named",
        "sandbox.github.secrets": "Secret find_secrets",
        "sandbox.github.site": "Access Site",
        "sandbox.github.tokens": "Token find_token",
    },
)
