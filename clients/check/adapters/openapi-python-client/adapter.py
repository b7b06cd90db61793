from typing import Any

from generated import AuthenticatedClient
from generated.api.metrics import (
    create_metric,
    delete_metric,
    list_metrics,
    patch_metric,
    read_metric,
    transition_metric,
)
from generated.models import CreateMetric, Metric, MetricPage, MetricPatch, Problem, TransitionMetric
from generated.models.transition_metric_to import TransitionMetricTo
from generated.types import Response, Unset
from scenario import Outcome, Page, run


def misspelt() -> MetricPatch:
    """A misspelt member is an error of the type checker."""
    return MetricPatch(ownr="Sales")  # type: ignore[call-arg]


def outcome_of(response: Response[Any]) -> Outcome:
    body = response.parsed
    return Outcome(
        status=response.status_code.value,
        etag=response.headers.get("etag"),
        metric=body.to_dict() if isinstance(body, Metric) else {},
        code=str(body.code) if isinstance(body, Problem) else None,
    )


def page_of(page: object) -> Page:
    assert isinstance(page, MetricPage), page
    total, cursor = page.pagination.total, page.pagination.next_cursor
    return Page(
        keys=[metric.metric_id for metric in page.data],
        total=None if isinstance(total, Unset) else total,
        next_cursor=None if isinstance(cursor, Unset) else cursor,
    )


class Client:
    def __init__(self, address: str, token: str) -> None:
        self.client = AuthenticatedClient(base_url=address, token=token)

    def page(self, number: int, limit: int) -> Page:
        return page_of(list_metrics.sync(client=self.client, page=number, limit=limit))

    def after(self, cursor: str, limit: int) -> Page:
        return page_of(list_metrics.sync(client=self.client, cursor=cursor, limit=limit))

    def tagged(self, tags: list[str]) -> Page:
        # The generator repeats the parameter for each value, although the contract has `explode: false`.
        return page_of(list_metrics.sync(client=self.client, tags=[",".join(tags)]))

    def create(self, metric: dict[str, Any]) -> Outcome:
        return outcome_of(create_metric.sync_detailed(client=self.client, body=CreateMetric.from_dict(metric)))

    def read(self, key: str) -> Outcome:
        return outcome_of(read_metric.sync_detailed(key, client=self.client))

    def patch(self, key: str, etag: str) -> Outcome:
        body = MetricPatch(owner="Sales", short_name=None)
        return outcome_of(patch_metric.sync_detailed(key, client=self.client, body=body, if_match=etag))

    def activate(self, key: str) -> Outcome:
        body = TransitionMetric(to=TransitionMetricTo.ACTIVE)
        return outcome_of(transition_metric.sync_detailed(key, client=self.client, body=body))

    def remove(self, key: str) -> Outcome:
        return outcome_of(delete_metric.sync_detailed(key, client=self.client))


if __name__ == "__main__":
    run(Client)
