"""A blueprint per noun, and how it reads a request: strictly. What we would not honour is refused with its place, never
passed over: another content type, an unknown field, a name given twice, a number or a character that no database keeps."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import urlencode

from flask import Flask, Request, abort, request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.core import missing
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.routing import IntegerConverter, Map

from engine.errors import Fault, NotValid
from engine.store import BIGGEST_KEY

MAX_DEPTH = 40


class RequestNotValid(NotValid):
    """The request does not have the shape that the document promises for it."""

    code = "request-not-valid"
    sentence = "请求有 {count} 处不对，没有执行。"
    remedy = "按每处的提示修改后重新提交；每个地址要什么见 /api/openapi.json。"


class Strict(FlaskParser):
    """Reads the JSON body and the query of a request for a schema."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": None}

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return missing
        if not is_json_request(req):
            abort(415)
        faults: list[Fault] = []
        found = _read(body, faults)
        faults += _unkeepable(found)
        if faults:
            raise RequestNotValid(faults=faults, count=len(faults))
        return found

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        by_place = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        faults = [fault for part in by_place.values() for fault in _faults("", part)]
        raise RequestNotValid(faults=faults, count=len(faults)) from error


class Noun(Blueprint):  # type: ignore[misc]
    """The routes of one noun."""

    ARGUMENTS_PARSER = Strict()

    def arguments(self, schema: type[Schema], **more: Any) -> Any:
        """What a request brings. The schema is made once here: handed on as a class, it would be made anew for every request."""
        return super().arguments(schema(), **more)


class Number(IntegerConverter):
    """A number in an address: what no row can have as its key is no address."""

    def __init__(self, map: Map, *args: Any, **named: Any) -> None:
        super().__init__(map, *args, **{"max": BIGGEST_KEY, **named})


def add_strictness(app: Flask) -> None:
    app.url_map.converters["int"] = Number
    app.before_request(_demand_readable_address)


def pointer(*names: str | int) -> str:
    """A JSON pointer (RFC 6901) to a place in the body."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names) or "/"


def _demand_readable_address() -> None:
    if any(isinstance(value, str) and not value.isprintable() for value in (request.view_args or {}).values()):
        abort(404)


def _read(body: bytes, faults: list[Fault]) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        named = dict(pairs)
        if len(named) != len(pairs):
            twice = sorted({name for i, (name, _) in enumerate(pairs) if name in dict(pairs[:i])})
            faults.extend(
                Fault(pointer(name), f"“{name}”写了两次", "只保留一个", RequestNotValid.code) for name in twice
            )
        return named

    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError):
        abort(400)


_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def _unkeepable(value: Any, *place: str | int) -> Iterator[Fault]:
    """Every value that is valid JSON for a reader and yet cannot be stored: half characters, NUL, no finite number."""
    if len(place) > MAX_DEPTH:
        yield Fault(pointer(*place[:3]), f"嵌套超过 {MAX_DEPTH} 层", "减少嵌套", RequestNotValid.code)
    elif isinstance(value, str) and not _is_text(value):
        yield Fault(pointer(*place), "含有不能保存的字符", "重新输入，不要粘贴特殊字符", RequestNotValid.code)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Fault(pointer(*place), "不是有限的数", "填写普通的数字", RequestNotValid.code)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _unkeepable(name, *place, "") if not _is_text(name) else _unkeepable(inner, *place, name)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _unkeepable(inner, *place, i)


def _is_text(value: str) -> bool:
    return not _NO_TEXT.search(value)


def _faults(place: str, messages: Any) -> Iterator[Fault]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # marshmallow tells the key and the value of a free mapping apart; for people both lie at the same place
            yield from _faults(place if name in ("key", "value", "_schema") else place + pointer(name), inner)
    else:
        told: Sequence[Any] = messages if isinstance(messages, list) else [messages]
        yield from (Fault(place or "/", str(words), "按接口文档修改", RequestNotValid.code) for words in told)


# ---------------------------------------------------------------- page after page
NEXT_PAGE = {
    "Link": {"description": "下一页的地址，rel=next（RFC 8288）；没有下一页就没有", "schema": {"type": "string"}}
}


def next_page(cursor: str) -> dict[str, str]:
    """The header that leads on from this page, with what was asked for kept; none behind the last one."""
    if not cursor:
        return {}
    return {"Link": f'<{request.path}?{urlencode({**request.args, "after": cursor})}>; rel="next"'}
