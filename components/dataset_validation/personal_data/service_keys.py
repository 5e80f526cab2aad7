"""Keys that services hand out with a prefix of their own.

The prefixes are those that the services document and that secret scanners look for
(https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns;
the plug-ins of https://github.com/Yelp/detect-secrets).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from components.dataset_validation.personal_data.pattern import Pattern, Span, expression
from components.dataset_validation.personal_data.secret_patterns import is_random

_FORMS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("a Google API key", ("aiza",), r"AIza[A-Za-z0-9_-]{35}"),
    ("a Google OAuth client secret", ("gocspx-",), r"GOCSPX-[A-Za-z0-9_-]{28}"),
    ("a Google access token", ("ya29.",), r"ya29\.[A-Za-z0-9_-]{30,2000}"),
    ("an AWS access key", ("akia", "asia"), r"A[KS]IA[A-Z2-7]{16}"),
    ("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("a GitHub token", ("github_pat_",), r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    ("a GitLab token", ("glpat-",), r"glpat-[A-Za-z0-9_-]{20,60}"),
    ("a Slack token", ("xox",), r"xox[abeoprs]-[0-9]{6,14}-[A-Za-z0-9-]{10,250}"),
    ("a Slack token", ("xapp-",), r"xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{8,14}-[a-f0-9]{30,128}"),
    (
        "a Slack webhook",
        ("hooks.slack.com",),
        r"hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{20,40}",
    ),
    ("a Stripe key", ("rk_live_", "sk_live_"), r"[rs]k_live_[A-Za-z0-9]{16,247}"),
    ("a Stripe webhook secret", ("whsec_",), r"whsec_[A-Za-z0-9+/]{32,64}"),
    ("an Anthropic key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{24,200}"),
    ("a Hugging Face token", ("hf_",), r"hf_[A-Za-z]{34}"),
    ("an npm token", ("npm_",), r"npm_[A-Za-z0-9]{36}"),
    ("a PyPI token", ("pypi-age",), r"pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,400}"),
    ("a SendGrid key", ("sg.",), r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("a DigitalOcean token", ("doo_v1_", "dop_v1_", "dor_v1_"), r"do[opr]_v1_[a-f0-9]{64}"),
    ("a Shopify token", ("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("an Azure storage key", ("accountkey=",), r"AccountKey=[A-Za-z0-9+/]{86}=="),
    ("an OpenAI key", ("sk-",), r"sk-(?!ant-)(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_-]{20,200}"),
)
"""Kind, words that such a text holds, and form."""


def _is_key(value: str) -> bool:
    """Whether a key is random; behind `sk-`, with which words begin too, it has digits, small and capital letters."""
    if value.startswith("sk-") and not value.startswith("sk-ant-"):
        kinds = (str.isdigit, str.islower, str.isupper)
        return is_random(value) and all(any(map(kind, value[3:])) for kind in kinds)
    return is_random(value)


def _spans(form: str, words: tuple[str, ...]) -> Callable[[str], Iterator[Span]]:
    return expression(rf"(?<![A-Za-z0-9_-]){form}(?![A-Za-z0-9_-])", _is_key, words)


SERVICE_KEYS = tuple(Pattern(kind, "DATA-SECRET", _spans(form, words), words) for kind, words, form in _FORMS)
"""Every kind of key."""
