"""Static files as production serves them: compressed, and named after their content so that they keep for ever."""

import re
from collections.abc import Callable
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):
    # `import … from "./gateway.js"` in a module gets the hashed name too.
    support_js_module_import_aggregation = True

    def url_converter(self, name: str, hashed_files: dict[str, Any], template: str | None = None) -> Any:
        """In our own modules alone: the comments of others speak of files that they do not bring along."""
        if name.endswith(".js") and not name.startswith("js/"):
            return _as_it_is
        return super().url_converter(name, hashed_files, template)


_as_it_is: Callable[[re.Match[str]], str] = re.Match.group
