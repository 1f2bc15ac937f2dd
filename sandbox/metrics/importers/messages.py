"""Protocol buffers as far as scalars need them; the door to Google's library, which parses them.

Of each message only the fields that are read are declared, the library skips all others. So neither
TensorBoard nor W&B has to be here to read what they wrote. Sources: event.proto, summary.proto and
tensor.proto of tensorflow/core; wandb/proto/wandb_internal.proto.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sandbox.metrics.importers.model import UnreadableError

_Field = tuple[str, int, str]

# Text is declared as bytes: what is no UTF-8 is then no reason to lose a record.
_SCHEMA: Mapping[str, tuple[_Field, ...]] = {
    "Event": (("step", 2, "int64"), ("summary", 5, "Summary")),
    "Summary": (("value", 1, "*Value"),),
    "Value": (
        ("tag", 1, "bytes"),
        ("simple_value", 2, "float"),
        ("tensor", 8, "Tensor"),
        ("metadata", 9, "Metadata"),
    ),
    "Metadata": (("plugin_data", 1, "Plugin"),),
    "Plugin": (("plugin_name", 1, "bytes"),),
    "Tensor": (
        ("dtype", 1, "int32"),
        ("tensor_content", 4, "bytes"),
        ("float_val", 5, "*float"),
        ("double_val", 6, "*double"),
        ("int_val", 7, "*int32"),
        ("int64_val", 10, "*int64"),
    ),
    "Record": (("history", 2, "History"), ("summary", 3, "RunSummary")),
    "History": (("item", 1, "*Item"), ("step", 2, "Step")),
    "RunSummary": (("update", 1, "*Item"),),
    "Step": (("num", 1, "int64"),),
    "Item": (
        ("key", 1, "bytes"),
        ("nested_key", 2, "*bytes"),
        ("integer", 5, "sint64"),
        ("number", 6, "double"),
        ("value_json", 16, "bytes"),
    ),
}


def parse(kind: str, data: bytes) -> Any:
    """The message; raises UnreadableError where the bytes are none."""
    from google.protobuf.message import DecodeError

    message = _classes()[kind]()
    try:
        message.ParseFromString(data)
    except (DecodeError, ValueError, RecursionError) as error:
        raise UnreadableError("a record is broken") from error
    return message


@cache
def _classes() -> Mapping[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="scalars.proto", package="sandbox")
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field in fields:
            message.field.add(**_described(*field))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = {name: pool.FindMessageTypeByName(f"sandbox.{name}") for name in _SCHEMA}
    return {name: message_factory.GetMessageClass(one) for name, one in found.items()}


def _described(name: str, number: int, kind: str) -> dict[str, Any]:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

    plain = kind.lstrip("*")
    label = Field.LABEL_REPEATED if kind.startswith("*") else Field.LABEL_OPTIONAL
    told: dict[str, Any] = {"name": name, "number": number, "label": label}
    if plain in _SCHEMA:
        return {**told, "type": Field.TYPE_MESSAGE, "type_name": f".sandbox.{plain}"}
    return {**told, "type": Field.Type.Value(f"TYPE_{plain.upper()}")}
