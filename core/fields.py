"""Input fields whose rule is one of our own functions: the same for the API, the gateway and the actions."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.errors import Invalid


@extend_schema_field(OpenApiTypes.STR)
class CleanedField(serializers.Field[Any, Any, Any, Any]):
    """`clean` takes what was sent and returns what is kept, or raises Invalid with one field's sentences."""

    def __init__(self, clean: Callable[[Any], str], **options: Any) -> None:
        self._clean = clean
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        try:
            return self._clean(data)
        except Invalid as invalid:
            raise serializers.ValidationError(list((invalid.fields or {}).values())) from invalid

    def to_representation(self, value: Any) -> Any:
        return value
