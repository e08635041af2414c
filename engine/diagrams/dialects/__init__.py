"""What other tools wrote of a step, as it would be written here: who does it, with which form, until when, who signs together.

Pure: values of the graph in, our attributes out, and a finding for whatever has nothing here that it could become.
"""

from .assignment import Proposal, proposal
from .forms import forms_of
from .signing import countersign

__all__ = ["Proposal", "countersign", "forms_of", "proposal"]
