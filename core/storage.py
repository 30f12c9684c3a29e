"""Static files as production serves them: compressed, and named after their content so that they keep for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):
    # `import … from "./gateway.js"` in a module gets the hashed name too.
    support_js_module_import_aggregation = True
