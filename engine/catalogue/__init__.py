"""Matters, their guides and versions. See README.md."""

from .bundle import BundleMissing, content_hash, form_key, read_folder, write_folder
from .guide import Guide, GuideNotUnderstood, Material, Sourced, read_guide
from .matters import MatterRow, VersionRow, export, matters, numbered_version, versions
from .publish import (
    Checked,
    MatterNotPublishable,
    Published,
    VersionOutdated,
    called_parts_only,
    check,
    publish,
    publish_seeds,
)
from .version import (
    APPLICATION,
    OWN_DEPARTMENT,
    MatterUnknown,
    Version,
    VersionUnknown,
    drawn_step,
    running_version,
    step_kinds,
    version,
)

__all__ = [
    "APPLICATION",
    "OWN_DEPARTMENT",
    "BundleMissing",
    "Checked",
    "Guide",
    "GuideNotUnderstood",
    "Material",
    "MatterNotPublishable",
    "MatterRow",
    "MatterUnknown",
    "Published",
    "Sourced",
    "Version",
    "VersionOutdated",
    "VersionRow",
    "VersionUnknown",
    "called_parts_only",
    "check",
    "content_hash",
    "drawn_step",
    "export",
    "form_key",
    "matters",
    "numbered_version",
    "publish",
    "publish_seeds",
    "read_folder",
    "read_guide",
    "running_version",
    "step_kinds",
    "version",
    "versions",
    "write_folder",
]
