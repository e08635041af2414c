"""From the bytes of one or several BPMN files to one frozen graph, with a finding for whatever stands in the way."""

from .gate import MAX_BYTES, decoded
from .several import Reading, is_without_graph, read

__all__ = ["MAX_BYTES", "Reading", "decoded", "is_without_graph", "read"]
