"""Nobody promotes what was not approved: who, why, and exactly this plan."""

from __future__ import annotations

import pytest

from components.endpoint_deployment.release_record import Release
from components.errors import RetuneError
from components.gcp.cloud_settings import CloudSettings
from components.gcp.ledger import Champion
from components.promotion.request import PromotionPlan, Source, TestSet
from components.promotion.settings import EnvironmentSettings
from components.run_planning.candidate import Candidate
from components.supervised_tuning.tuned_model import TunedModel
from pipelines.cli.promote import _approve
from pipelines.promotions import Prepared

CLOUD = CloudSettings(project="prod", location="us-central1", bucket="prod-bucket")


def prepared(approvers: tuple[str, ...] = (), replaces: str = "") -> Prepared:
    champion = Champion(1, "projects/1/locations/us-central1/models/1@1", "endpoint", "base", "f" * 64, "key", "run")
    release = Release(1, champion, None, [], "", "", "")
    tuned = TunedModel(Candidate("base", 1, 1.0, 4, "f" * 64), "job", champion.model, "endpoint", False, 0, [])
    source = Source("gs://dev/line/ledger", "dev", "us-central1", release, tuned)
    test_set = TestSet("gs://prod-bucket/test.jsonl", "0" * 64)
    plan = PromotionPlan("line", "prod", "prod", "us-central1", "prod-bucket", source, replaces, test_set, [], [])
    return Prepared(plan, EnvironmentSettings(cloud=CLOUD, approvers=approvers), "{}", None)


def test_the_digest_of_the_plan_approves_it() -> None:
    wanted = prepared()
    _approve(wanted, wanted.plan.digest[:12], "ann", "proven")


@pytest.mark.parametrize(
    ("digest", "who", "why", "code"),
    [
        ("", "ann", "proven", "PROMOTE-APPROVAL"),
        ("f" * 12, "ann", "proven", "PROMOTE-CHANGED"),
        ("short", "ann", "proven", "PROMOTE-CHANGED"),
        ("", "ann", " ", "PROMOTE-WHY"),
        ("", "eve", "proven", "PROMOTE-APPROVER"),
    ],
)
def test_anything_else_does_not(digest: str, who: str, why: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(RetuneError, match=code):
        _approve(prepared(approvers=("ann",)), digest, who, why)


def test_another_champion_is_another_plan() -> None:
    assert prepared().plan.digest != prepared(replaces="projects/1/locations/us-central1/models/2@1").plan.digest
