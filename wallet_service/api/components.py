"""Says once, under `components`, what a document would otherwise say at every route: headers, and errors with their examples."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

TYPES = {str: "string", bool: "boolean", int: "integer", Decimal: "number", list: "array", dict: "object"}


def share(document: Json) -> None:
    """Move headers and examples of errors to `components`, and let what errors tell be seen in their schema."""
    headers: Json = {}
    errors: Json = {}
    for status, response in _responses(document):
        response["headers"] = _moved(response.get("headers", {}), headers, "headers")
        if status >= "400":
            for body in response.get("content", {}).values():
                body["examples"] = _moved(_by_code(body["examples"]), errors, "examples")
    components = document.setdefault("components", {})
    components["headers"] = dict(sorted(headers.items()))
    components["examples"] = dict(sorted(errors.items()))
    _describe_error_data(components)


def _responses(document: Json) -> Iterator[tuple[str, Json]]:
    for verbs in document["paths"].values():
        for operation in verbs.values():
            yield from operation["responses"].items()


def _by_code(examples: Json) -> Json:
    return {example["value"].get("code", name): {"value": example["value"]} for name, example in examples.items()}


def _moved(own: Json, shared: Json, kind: str) -> Json:
    """References to what is shared now; what another route says otherwise under the same name stays where it is."""
    references = {}
    for name, said in own.items():
        is_shared = shared.setdefault(name, said) == said
        references[name] = {"$ref": f"#/components/{kind}/{name}"} if is_shared else said
    return references


def _describe_error_data(components: Json) -> None:
    """The facts that errors tell beside their status, each with the type that it has in the examples."""
    schema = components.get("schemas", {}).get("ApiErrorData")
    if schema is None:
        return
    types: dict[str, set[str]] = defaultdict(set)
    codes: dict[str, list[str]] = defaultdict(list)
    for code, example in components["examples"].items():
        for name, fact in example["value"].get("data", {}).items():
            types[name].add(TYPES[type(fact)])
            codes[name].append(f"`{code}`")
    for name in sorted(types.keys() - {"status"}):
        schema["properties"][name] = {**_schema(types[name]), "description": f"Of {', '.join(codes[name])}."}
    schema["additionalProperties"] = True


def _schema(types: set[str]) -> Json:
    """What has several types has none that every generator of clients takes."""
    if len(types) > 1:
        return {}
    return {"type": "array", "items": {}} if types == {"array"} else {"type": next(iter(types))}
