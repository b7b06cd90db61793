from collections.abc import Callable
from typing import Any

from openapi_client import (
    ApiClient,
    ApiException,
    ApiResponse,
    Configuration,
    CreateMetric,
    Metric,
    MetricPage,
    MetricPatch,
    MetricsApi,
    Problem,
    TransitionMetric,
    TransitionMetricTo,
)
from scenario import Outcome, Page, run


def misspelt() -> MetricPatch:
    """A misspelt member is an error of the type checker."""
    return MetricPatch(ownr="Sales")  # type: ignore[call-arg]


def outcome_of(call: Callable[[], ApiResponse[Any]]) -> Outcome:
    """The generated methods raise an exception for an error response."""
    try:
        response = call()
    except ApiException as error:
        problem = Problem.from_json(error.body or "")
        assert problem
        return Outcome(error.status or 0, None, {}, problem.code)
    etag = response.headers.get("etag") if response.headers else None
    metric = response.data.to_dict() if isinstance(response.data, Metric) else {}
    return Outcome(response.status_code, etag, metric)


def page_of(page: MetricPage) -> Page:
    return Page([metric.metric_id for metric in page.data], page.pagination.total, page.pagination.next_cursor)


class Client:
    def __init__(self, address: str, token: str) -> None:
        self.api = MetricsApi(ApiClient(Configuration(host=address, access_token=token)))

    def page(self, number: int, limit: int) -> Page:
        return page_of(self.api.list_metrics(page=number, limit=limit))

    def after(self, cursor: str, limit: int) -> Page:
        return page_of(self.api.list_metrics(cursor=cursor, limit=limit))

    def tagged(self, tags: list[str]) -> Page:
        return page_of(self.api.list_metrics(tags=tags))

    def create(self, metric: dict[str, Any]) -> Outcome:
        document = CreateMetric.from_dict(metric)
        assert document
        return outcome_of(lambda: self.api.create_metric_with_http_info(document))

    def read(self, key: str) -> Outcome:
        return outcome_of(lambda: self.api.read_metric_with_http_info(key))

    def patch(self, key: str, etag: str) -> Outcome:
        body = MetricPatch(owner="Sales", short_name=None)
        return outcome_of(lambda: self.api.patch_metric_with_http_info(key, body, if_match=etag))

    def activate(self, key: str) -> Outcome:
        body = TransitionMetric(to=TransitionMetricTo.ACTIVE)
        return outcome_of(lambda: self.api.transition_metric_with_http_info(key, body))

    def remove(self, key: str) -> Outcome:
        return outcome_of(lambda: self.api.delete_metric_with_http_info(key))


if __name__ == "__main__":
    run(Client)
