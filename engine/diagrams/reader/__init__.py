"""From the bytes of one or several BPMN files to one frozen graph, with a finding for whatever stands in the way."""

from .gate import decoded
from .several import Reading, is_without_graph, read

__all__ = ["Reading", "decoded", "is_without_graph", "read"]
