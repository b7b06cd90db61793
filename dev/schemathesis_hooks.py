"""What Schemathesis must know beyond openapi.json.

A JSON Schema cannot state every rule: what depends on stored data, on another member, or on the characters and digits
of a value. Schemathesis would report a request that breaks only such a rule as "schema-valid, but rejected". `obey`
makes the requests that should be accepted keep these rules; requests that should be rejected stay as they are.
Read-only members are in no request schema, although documents that were read are accepted unchanged: they can be
reported as "invalid, but accepted" only where Schemathesis invents a member with one of their names.
"""

import json
import unicodedata
import uuid

import schemathesis

NDJSON = "application/x-ndjson"
KEYS = {"metrics": "metric_id", "domains": "domain_id", "objectives": "objective_id"}
# They refer to documents that may not exist.
REFERENCES = {
    "metrics": {"business_domain", "depends_on", "related", "replaced_by"},
    "domains": {"parent"},
    "objectives": {"domain_id", "parent"},
}
# What every metric must have unless it is a draft. The catalogue of the run has this domain.
REQUIRED_UNLESS_DRAFT = {
    "description": "What it counts.",
    "owner": "Finance",
    "business_domain": "revenue",
    "unit": "USD",
    "formula": {"expression": "1"},
}
# JSON members that the parser rejects, as they change the prototype of an object.
FORBIDDEN = {"__proto__", "constructor", "prototype"}


@schemathesis.hook
def before_load_schema(_, raw_schema):
    """NDJSON is text for other tools. Here its lines are generated from the schema of the items."""
    for path, methods in raw_schema["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        if NDJSON in content:
            request = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
            content[NDJSON] = {"schema": raw_schema["components"]["schemas"][request]["properties"]["items"]}


@schemathesis.serializer(NDJSON)
def ndjson(_, value):
    if isinstance(value, bytes):
        return value
    lines = value if isinstance(value, list) else [value]
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode("utf-8", "replace")


@schemathesis.serializer("application/yaml")
def yaml(_, value):
    """Imports take files: their text is sent as it is."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()


@schemathesis.hook
def before_call(_, case, kwargs):
    if case.meta is not None and case.meta.generation.mode.is_positive:
        obey(case)


def obey(case):
    obey_headers(case)
    if case.path.endswith("/imports") and case.method == "POST":
        obey_import(case)
        return
    if isinstance(case.query, dict):
        obey_query(case.query)
    if isinstance(case.body, (dict, list)):
        case.body = obey_body(case)


def obey_import(case):
    """Any text is a file, but it has a definition; some options need a source, or contradict the format of the file."""
    metric = json.dumps({"metric_id": uuid.uuid4().hex, "name": "A metric"})
    case.body = {"files": [metric]} if case.media_type == "multipart/form-data" else metric
    query = case.query or {}
    if "source" not in query:
        for name in ("mode", "prune", "on_conflict"):
            query.pop(name, None)
    query.pop("format", None)


def obey_headers(case):
    headers = case.headers
    # A key belongs to one request for 24 hours.
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = uuid.uuid4().hex
    # The ETag of a document is known only from a response.
    if "If-Match" in headers or (case.method == "PUT" and "If-None-Match" not in headers):
        headers["If-Match"] = "*"
    # PUT either replaces, or creates a document with a new key.
    if case.method == "PUT" and "If-None-Match" in headers:
        headers.pop("If-Match", None)
        case.path_parameters["key"] = uuid.uuid4().hex


def obey_query(query):
    # Cursors come from responses, and exclude pages; only they have `count`.
    if "cursor" in query:
        query["cursor"] = ""
        query.pop("page", None)
    else:
        query.pop("count", None)
    # Pages reach 10,000 rows.
    if isinstance(query.get("page"), int):
        query["page"] = min(query["page"], 100)
    # Fields to sort by are different.
    if "sort" in query:
        terms = query["sort"] if isinstance(query["sort"], list) else str(query["sort"]).split(",")
        query["sort"] = ",".join({term.lstrip("-"): term for term in terms}.values())
    # At most ten words.
    if isinstance(query.get("q"), str):
        query["q"] = query["q"][:10]
    # The domain must exist.
    query.pop("move_to", None)
    for name, value in query.items():
        # PostgreSQL knows offsets of less than 16 hours, and microseconds.
        if name.endswith(("_after", "_before")) and isinstance(value, str):
            query[name] = value[:19] + "Z"
        elif isinstance(value, str):
            query[name] = visible(value)
        elif isinstance(value, list):
            # A comma or quote in a value must be quoted.
            query[name] = [visible(item).translate({44: "_", 34: "_"}) for item in value]


def obey_body(case):
    resource = next((part for part in case.path.split("/") if part in KEYS), None)
    body = plain(case.body)
    items = body if isinstance(body, list) else body.get("items", [body])
    for item in items:
        if isinstance(item, dict):
            obey_document(item, resource, case)
    return body


def obey_document(document, resource, case):
    # A password must be hard to guess.
    for name in ("password", "new_password"):
        if name in document:
            document[name] = "kudzu panel oxide 71"
    # A key expires in the future.
    document.pop("expires_at", None)
    if resource is None:
        return
    for name in REFERENCES[resource]:
        document.pop(name, None)
    # The key in the path counts; in a bulk request a key must be new.
    if case.method == "PUT" or case.path.endswith("/bulk"):
        document.pop(KEYS[resource], None)
    # Words are lower-cased before they are compared.
    if isinstance(document.get("tags"), list):
        document["tags"] = sorted({tag.lower() for tag in document["tags"]})
    # Every document has version 1.
    if case.path.endswith("/revert"):
        document["version"] = 1
    # The status of a metric changes by a transition.
    document.pop("status", None)
    if resource == "metrics" and case.method in ("PUT", "PATCH"):
        complete(document, is_patch=case.method == "PATCH")
    # Targets have an order that depends on the direction, a time frame has one too. A patch leaves those that are stored.
    document.pop("targets", None)
    if case.method == "PATCH":
        document.pop("direction", None)
    document.pop("timeframe", None)
    results = document.get("key_results") or []
    for number, result in enumerate(results):
        result["kr_id"] = f"KR-{number}"
        # Only a draft can lack it.
        if result.get("target") is None:
            result["target"] = number
        for name in ("metric_ids", "baseline", "direction"):
            result.pop(name, None)
    # At most 32 KiB, 32 levels, and no forbidden name.
    if len(json.dumps(document.get("extra"))) > 10_000:
        document.pop("extra")


def complete(metric, is_patch):
    """The metric that is replaced or patched can be active, so it keeps what only a draft can lack."""
    for name, value in REQUIRED_UNLESS_DRAFT.items():
        if is_patch and name in metric and metric[name] is None:
            del metric[name]
        elif not is_patch:
            metric[name] = metric.get(name) or value
    formula = metric.get("formula")
    if isinstance(formula, dict) and (not is_patch or "expression" in formula):
        formula["expression"] = formula.get("expression") or "1"


def plain(value):
    """Texts with a visible character and without control characters; numbers that every client keeps exactly."""
    if isinstance(value, dict):
        return {"x" if name in FORBIDDEN else visible(name): plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return max(-(10**9), min(10**9, value if isinstance(value, int) else round(value, 3) or 1))
    return value


def visible(text):
    """Keeps the length; an empty text stays empty."""
    kept = "".join(letter if unicodedata.category(letter)[0] in "LNPS" else "_" for letter in text)
    # Normalization can lengthen a text.
    return kept if unicodedata.normalize("NFC", kept) == kept else "_" * len(kept)
