"""The judge of the Gen AI evaluation service: `evaluateInstances` with a rubric of ours and its raw outputs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from components.gcp.patient_client import PatientClient, Sleep
from components.gcp.rate_limit import RateLimit

FIRST, SECOND = "response_a", "response_b"
"""Fields of a comparison, in the order in which a template shows them."""
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Said:
    """What a judge said.

    Attributes:
        outputs: Its texts, one per sample.
        error: Why there are none; empty otherwise.
        attempts: Requests sent.
    """

    outputs: tuple[str, ...]
    error: str
    attempts: int


class _Raw(msgspec.Struct, rename="camel"):
    raw_output: list[str] = []


class _Custom(msgspec.Struct, rename="camel"):
    raw_outputs: _Raw = msgspec.field(default_factory=_Raw)


class _Result(msgspec.Struct, rename="camel"):
    custom_output: _Custom = msgspec.field(default_factory=_Custom)


class _Evaluated(msgspec.Struct, rename="camel"):
    pointwise_metric_result: _Result = msgspec.field(default_factory=_Result)
    pairwise_metric_result: _Result = msgspec.field(default_factory=_Result)


_DECODER = msgspec.json.Decoder(_Evaluated)


class Judge(PatientClient):
    """Asks one pinned model to judge; used in `async with`.

    The service is in regions only, never at `us` or `eu` (Gen AI evaluation service overview). It is asked for raw
    outputs, because how it joins samples is not documented and disagreement would not be seen; and not to flip
    (`flip_enabled`), because the caller shows both orders and counts each.

    Args:
        project: Project that pays.
        location: Region.
        model: Publisher model identifier.
        samples: How often the model is asked for each request, 1 to 32.
        attempts: Requests per verdict at most.
        limit: Quota; the service allows 1,000 evaluation requests a minute.
        sleep: Waits so many seconds before a repeated request.
    """

    def __init__(
        self,
        project: str,
        location: str,
        model: str,
        *,
        samples: int,
        attempts: int,
        limit: RateLimit | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        super().__init__(location, attempts=attempts, limit=limit, sleep=sleep)
        parent = f"projects/{project}/locations/{location}"
        self._path = f"/v1/{parent}:evaluateInstances"
        self._autorater = {
            "samplingCount": samples,
            "flipEnabled": False,
            "autoraterModel": f"{parent}/publishers/google/models/{model}",
        }

    async def rate(self, template: str, fields: Mapping[str, str]) -> Said:
        """What the judge says of one response.

        Args:
            template: Prompt with `{name}` where the fields belong.
            fields: Texts by name.
        """
        return await self._ask("pointwiseMetricInput", {"metricPromptTemplate": template}, fields)

    async def compare(self, template: str, fields: Mapping[str, str]) -> Said:
        """What the judge says of the fields `response_a` and `response_b`.

        Args:
            template: Prompt with `{name}` where the fields belong.
            fields: Texts by name, those two among them.
        """
        named = {"candidateResponseFieldName": FIRST, "baselineResponseFieldName": SECOND}
        return await self._ask("pairwiseMetricInput", {"metricPromptTemplate": template, **named}, fields)

    async def _ask(self, kind: str, spec: dict[str, Any], fields: Mapping[str, str]) -> Said:
        body = msgspec.json.encode(
            {
                kind: {
                    "metricSpec": {**spec, "customOutputFormatConfig": {"returnRawOutput": True}},
                    "instance": {"jsonInstance": msgspec.json.encode(fields).decode()},
                },
                "autoraterConfig": self._autorater,
            }
        )
        posted = await self._post(self._path, body, len(body) / CHARACTERS_PER_TOKEN)
        if posted.body is None:
            return Said((), posted.reason, posted.attempts)
        try:
            found = _DECODER.decode(posted.body)
        except msgspec.DecodeError as error:
            return Said((), f"unreadable verdict: {error}", posted.attempts)
        result = found.pointwise_metric_result if kind.startswith("pointwise") else found.pairwise_metric_result
        outputs = tuple(result.custom_output.raw_outputs.raw_output)
        return Said(outputs, "" if outputs else "the judge said nothing", posted.attempts)
