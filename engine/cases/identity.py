"""Who applies, as a form: asked of everybody in the same words, and never what the application itself asks again."""

from __future__ import annotations

from collections.abc import Iterator

from forms import Field, FieldType, Form, Option

APPLICANT_KINDS = {"enterprise": "企业", "person": "个人", "organisation": "其他组织"}
_CODES = {"enterprise": "cn-uscc", "organisation": "cn-uscc", "person": "cn-id"}
_PHONES = {"cn-mobile", "phone"}


def applicant_form(application: Form, kind: str) -> Form:
    """The form of an applicant of this kind (one of APPLICANT_KINDS; while it is not chosen no code is checked) beside an
    application form: a code or a phone for which that one asks already is left out."""
    asked = {field.pattern for field in application.fields if field.pattern}
    return Form("applicant", tuple(_fields(asked, kind)))


def _fields(asked: set[str], kind: str) -> Iterator[Field]:
    options = tuple(Option(code, words) for code, words in APPLICANT_KINDS.items())
    yield Field("kind", FieldType.RADIO, "申请人类型", required=True, options=options)
    yield Field("name", FieldType.TEXTFIELD, "申请人", "单位全称或本人姓名，与证照一致", required=True, max_length=200)
    if not asked & set(_CODES.values()):
        told = "企业和组织填 18 位统一社会信用代码，个人填 18 位身份证号"
        yield Field("identity", FieldType.TEXTFIELD, "证照号码", told, required=True, pattern=_CODES.get(kind, ""))
    if not asked & _PHONES:
        yield Field("contact", FieldType.TEXTFIELD, "联系人", required=True, max_length=30)
        yield Field("phone", FieldType.TEXTFIELD, "联系手机", required=True, pattern="cn-mobile")
    told = "投资项目在线审批监管平台给的代码；没有就不填"
    yield Field("project_code", FieldType.TEXTFIELD, "在线平台项目代码", told, max_length=60)
