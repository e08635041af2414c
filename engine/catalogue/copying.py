"""A new matter from one that runs: the same files under another code and name."""

from __future__ import annotations

import re

from ..diagrams import as_text, with_process
from ..errors import NotValid
from .bundle import DIAGRAM, GUIDE, Bundle
from .guide import with_values

_CODE = re.compile(r"[A-Z]{2}[0-9]{2,4}")


class CodeNotUsable(NotValid):
    code = "matter-code-not-usable"
    sentence = "“{given}”不能作事项代码。"
    remedy = "用两个大写字母加二至四位数字，例如 GH09。"


def copy_of(bundle: Bundle, pattern: str, code: str, name: str) -> dict[str, bytes]:
    """The files of the matter `pattern` as those of a new one. Nothing is kept; its designer changes and publishes it.

    A code of another shape is refused, because it becomes the id of the process and the head of every case number.
    Raises CodeNotUsable.
    """
    if not _CODE.fullmatch(code):
        raise CodeNotUsable(given=code)
    text = as_text(bundle[DIAGRAM])
    assert text is not None, "a bundle is linted before it is published"
    drawn = with_process(text, pattern.lower(), code.lower(), name)
    guide = with_values(bundle[GUIDE], {"code": code, "name": name})
    return {**bundle, DIAGRAM: drawn.encode(), GUIDE: guide}
