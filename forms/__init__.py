"""Forms: what an officer or an applicant is asked, and the one function that judges an answer. See README.md."""

from .judge import FormNotAnswered, judge
from .schema import Field, FieldType, Form, FormNotUnderstood, Option, read_form

__all__ = ["Field", "FieldType", "Form", "FormNotAnswered", "FormNotUnderstood", "Option", "judge", "read_form"]
